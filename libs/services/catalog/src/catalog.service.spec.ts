import { openDatabase, type Database } from '@tessera/database';
import { servicePrincipal, singleUserScopes, isTesseraError, type CatalogEvent, type JsonObject, type Node, type NodeDraft, type Principal, type Registration, type SortItem } from '@tessera/domain';
import { onEachDatabase } from '@tessera/testing';
import { CatalogService } from './catalog.service.ts';
import { readOutbox } from './outbox.sql.ts';

const writer: Principal = { id: 'user:test', kind: 'user', scopes: singleUserScopes };
const reader = servicePrincipal('test');
const nobody: Principal = { id: 'anonymous', kind: 'anonymous', scopes: [] };

const container = (metadata: JsonObject = {}, path: string[] = []): NodeDraft => ({ path, structure: { family: 'container' }, metadata, specs: [] });
const array = (metadata: JsonObject = {}, path: string[] = []): NodeDraft => ({
  path, metadata, specs: [{ name: 'image', version: '1.0' }], manifestId: 'abc.0.10',
  structure: { family: 'array', array: { dataType: { kind: 'f', itemsize: 8, endianness: 'little' }, shape: [3, 4], chunks: [2, [1, 3]], dims: ['y', 'x'] } },
});
const table = (path: string[] = []): NodeDraft => ({
  path, metadata: {}, specs: [], manifestId: 'def.0.10', structure: { family: 'table', table: { arrowSchema: 'AA==', columns: ['a', 'b/c', 'ü'], partitionCount: 1, rowCount: 5 } },
});
const file = (draft: NodeDraft, uri: string, modifiedAtMs = 1000.5): NodeDraft => ({
  ...draft, dataSource: { mediaType: 'application/x-hdf5', parameters: { dataset: null }, properties: { other: 42 }, management: 'external', assets: [{ uri, isDirectory: false, byteLength: 10, modifiedAtMs, etag: 'e1', parameter: 'data_uris', ordinal: 0 }] },
});
const at = (parent: string[], key: string, drafts: NodeDraft[], ifExists: Registration['ifExists'] = 'fail'): Registration => ({ parent, key, drafts, ifExists });

onEachDatabase(process.env['TESSERA_TEST_POSTGRES_URL'], openDatabase, (kind) => {
  let database: Database;
  let catalog: CatalogService;
  let commits = 0;

  beforeAll(async () => {
    database = await kind.open();
    catalog = await CatalogService.open(database, () => { commits++; });
  });

  const failure = async (work: Promise<unknown>): Promise<{ code: string; message: string }> => {
    const error = await work.then(() => undefined, (reason: unknown) => reason);
    if (!isTesseraError(error)) throw new Error(`expected a failure, not ${String(error)}`);
    return { code: error.code, message: error.message };
  };
  const newEvents = async (work: () => Promise<unknown>): Promise<CatalogEvent[]> => {
    const before = (await readOutbox(database, 1_000_000)).length;
    await work();
    return (await readOutbox(database, 1_000_000)).slice(before);
  };
  const childKeys = async (path: string[], sort: SortItem[] = []) =>
    (await catalog.children(reader, path, { page: { limit: 100 }, sort })).items.map((node) => node.path[node.path.length - 1]);

  it('begins with a root', async () => {
    const { node } = await catalog.resolve(nobodyWith('read:metadata'), [], { withChildCount: true });
    expect(node).toEqual({ id: 0, path: [], structure: { family: 'container' }, metadata: {}, specs: [], insideFile: false, childCount: expect.any(Number), revision: 1 });
  });

  it('can be opened by two at once, and again', async () => {
    const [other, same] = [await kind.reopen(), await kind.reopen()];
    await Promise.all([CatalogService.open(other), CatalogService.open(same), CatalogService.open(database)]);
  });

  it('gives back what was registered', async () => {
    const metadata = { n: 1.5, big: 1e300, small: 5e-324, exact: 9007199254740991, text: 'ü🙂"\\', list: [1, [2, null], { a: true }], nothing: null, empty: {} };
    const [top] = await catalog.register(writer, [at([], 'whole', [
      file(container(metadata), 'file:///data/whole.h5'),
      array({ a: 1 }, ['entry']), table(['t']), container({}, ['g']),
      { ...array({}, ['g', 'broken']), problem: 'The link leads nowhere.' },
    ])]);
    const resolved = async (...path: string[]) => (await catalog.resolve(reader, path, { withDataSources: true })).node;
    expect(await resolved('whole')).toEqual({ ...top, dataSources: [{
      id: expect.any(Number), mediaType: 'application/x-hdf5', parameters: { dataset: null }, properties: { other: 42 }, management: 'external',
      assets: [{ id: expect.any(Number), uri: 'file:///data/whole.h5', isDirectory: false, byteLength: 10, parameter: 'data_uris', ordinal: 0 }],
    }] });
    expect(top).toMatchObject({ parentId: 0, path: ['whole'], metadata, insideFile: false, revision: 1 });
    const entry = await resolved('whole', 'entry');
    expect(entry).toMatchObject({ ...array({ a: 1 }), path: ['whole', 'entry'], parentId: top!.id, insideFile: true });
    expect(await resolved('whole', 'g', 'broken')).toMatchObject({ problem: 'The link leads nowhere.', insideFile: true });
  });

  it('addresses the columns of a table below it', async () => {
    const resolved = await catalog.resolve(reader, ['whole', 't', 'ü']);
    expect(resolved).toMatchObject({ column: 'ü', node: { path: ['whole', 't'] } });
    expect(await failure(catalog.resolve(reader, ['whole', 't', 'z']))).toEqual({ code: 'not_found', message: "No such entry: ['whole', 't', 'z']" });
    expect((await failure(catalog.resolve(reader, ['whole', 't', 'a', 'b']))).code).toBe('not_found');
  });

  it('says what is not there', async () => {
    expect(await failure(catalog.resolve(reader, ['nope', 'x']))).toEqual({ code: 'not_found', message: "No such entry: ['nope', 'x']" });
    expect((await failure(catalog.resolve(reader, ["it's"]))).message).toBe('No such entry: ["it\'s"]');
    expect((await failure(catalog.resolve(reader, ['whole', 'entry', 'x']))).code).toBe('not_found');
    expect(await failure(catalog.resolve(reader, ['whole', 'g', 'broken', 'x']))).toEqual({ code: 'gone', message: 'The link leads nowhere.' });
    expect((await failure(catalog.children(reader, ['whole', 'entry'], { page: { limit: 1 }, sort: [] }))).code).toBe('not_found');
    expect((await failure(catalog.resolve(reader, ['a\0b']))).code).toBe('unprocessable');
    expect((await failure(catalog.resolve(reader, ['\ud800']))).code).toBe('not_found');
  });

  it('asks for rights', async () => {
    expect((await failure(catalog.resolve(nobody, []))).code).toBe('unauthenticated');
    expect((await failure(catalog.children(nobody, [], { page: { limit: 1 }, sort: [] }))).code).toBe('unauthenticated');
    expect((await failure(catalog.nodes(nobody, [0]))).code).toBe('unauthenticated');
    expect((await failure(catalog.scan(nobody, { limit: 1 }))).code).toBe('unauthenticated');
    expect((await failure(catalog.registeredSources(nobody, 'file:'))).code).toBe('unauthenticated');
    expect((await failure(catalog.register(reader, [at([], 'x', [container()])]))).code).toBe('unauthenticated');
    expect((await failure(catalog.remove(nobodyWith('register'), ['whole']))).code).toBe('unauthenticated');
  });

  it('refuses what is taken, has no parent, or lies in a file', async () => {
    expect(await failure(catalog.register(writer, [at([], 'whole', [container()])]))).toEqual({ code: 'conflict', message: expect.stringMatching(/^\/whole exists already/) as string });
    expect((await failure(catalog.register(writer, [at(['no'], 'x', [container()])]))).code).toBe('not_found');
    expect((await failure(catalog.register(writer, [at(['whole', 'entry'], 'x', [container()])]))).code).toBe('unsupported');
    expect((await failure(catalog.register(writer, [at(['whole'], 'x', [container()])]))).code).toBe('unsupported');
    expect((await failure(catalog.register(writer, [at(['whole', 'g'], 'x', [container()])]))).code).toBe('unsupported');
    expect((await failure(catalog.remove(writer, ['whole', 'g']))).code).toBe('unsupported');
    expect((await failure(catalog.remove(writer, []))).code).toBe('unsupported');
    expect((await failure(catalog.remove(writer, ['no']))).code).toBe('not_found');
  });

  it.each<[string, NodeDraft[], string]>([
    ['no drafts', [], 'k'], ['no top', [array({}, ['a'])], 'k'], ['a child before its parent', [container(), array({}, ['a', 'b'])], 'k'],
    ['a key twice', [container(), array({}, ['a']), array({}, ['a'])], 'k'], ['a child of an array', [array(), array({}, ['a'])], 'k'],
    ['a slash', [container()], 'a/b'], ['a NUL', [container()], 'a\0'], ['half a character', [container()], 'a\ud800'], ['a long key', [container()], 'é'.repeat(1001)],
    ['NUL in metadata', [container({ a: 'x\0' })], 'k'], ['half a character in metadata', [container({ a: '\ud800' })], 'k'],
    ['a list as metadata', [container([] as unknown as JsonObject)], 'k'], ['one spec twice', [{ ...container(), specs: [{ name: 'a' }, { name: 'a' }] }], 'k'],
  ])('refuses %s, and writes nothing', async (_what, drafts, key) => {
    const events = await newEvents(async () => expect((await failure(catalog.register(writer, [at([], key, drafts)]))).code).toBe('unprocessable'));
    expect(events).toEqual([]);
    expect(await childKeys([])).toEqual(['whole']);
  });

  it('keeps the registrations before one that fails', async () => {
    expect((await failure(catalog.register(writer, [at([], 'first', [container()]), at([], 'whole', [container()]), at([], 'last', [container()])]))).code).toBe('conflict');
    expect(await childKeys([])).toEqual(['whole', 'first']);
    await catalog.remove(writer, ['first']);
  });

  it('replaces a subtree and keeps the id of its top', async () => {
    const before = (await catalog.resolve(reader, ['whole'])).node;
    const events = await newEvents(() => catalog.register(writer, [at([], 'whole', [file(container({ v: 2 }), 'file:///data/whole.h5', 2000), array({}, ['entry'])], 'replace')]));
    const { node } = await catalog.resolve(reader, ['whole'], { withChildCount: true });
    expect(node).toMatchObject({ id: before.id, revision: before.revision + 1, metadata: { v: 2 }, childCount: 1 });
    expect((await failure(catalog.resolve(reader, ['whole', 'g']))).code).toBe('not_found');
    const entry = (await catalog.resolve(reader, ['whole', 'entry'])).node;
    expect(events.map((event) => [event.kind, event.nodeIds.length])).toEqual([['node.registered.v1', 1], ['node.updated.v1', 1], ['node.removed.v1', 4]]);
    expect(events[0]!.nodeIds).toEqual([entry.id]);
    expect(await catalog.registeredSources(reader, 'file:///data')).toEqual([{ uri: 'file:///data/whole.h5', path: ['whole'], byteLength: 10, modifiedAtMs: 2000, etag: 'e1' }]);
  });

  it('takes many at once, also below one another and in place of one another', async () => {
    const tops = await catalog.register(writer, [
      at([], 'm', [container({ n: 1 })]), at(['m'], 'x', [container(), array({}, ['deep'])]), at(['m'], 'y', [file(array(), 'file:///m/y.npy')]), at(['m', 'x'], 'z', [array({ n: 4 })]),
      at(['m'], 'y', [file(array({ again: true }), 'file:///m/y2.npy')], 'replace'), at([], 'm', [container({ n: 9 })], 'keep'),
    ]);
    expect(tops.map((node) => node.path.join('/'))).toEqual(['m', 'm/x', 'm/y', 'm/x/z', 'm/y', 'm']);
    for (const top of [tops[1]!, tops[3]!, tops[4]!, tops[5]!]) expect((await catalog.resolve(reader, top.path)).node).toEqual(top);
    expect(tops.map((node) => node.revision)).toEqual([1, 1, 1, 1, 2, 1]);
    expect(tops[2]!.id).toBe(tops[4]!.id);
    expect(await childKeys(['m', 'x'])).toEqual(['deep', 'z']);
    expect(await catalog.registeredSources(reader, 'file:///m')).toEqual([{ uri: 'file:///m/y2.npy', path: ['m', 'y'], byteLength: 10, modifiedAtMs: 1000.5, etag: 'e1' }]);
    await catalog.remove(writer, ['m']);
  });

  it('keeps containers and adds to them', async () => {
    const [kept] = await catalog.register(writer, [at([], 'dir', [container({ first: true }), container({}, ['sub']), array({}, ['sub', 'one'])])]);
    const [again] = await catalog.register(writer, [at([], 'dir', [container({ first: false }), container({}, ['sub']), array({}, ['sub', 'two']), container({}, ['other']), array({}, ['other', 'x'])], 'keep')]);
    expect(again).toEqual(kept);
    expect(await childKeys(['dir'])).toEqual(['sub', 'other']);
    expect(await childKeys(['dir', 'sub'])).toEqual(['one', 'two']);
    expect((await failure(catalog.register(writer, [at([], 'dir', [container(), container({}, ['sub']), array({}, ['sub', 'one'])], 'keep')]))).message).toMatch('/dir/sub/one');
    expect((await failure(catalog.register(writer, [at([], 'whole', [container()], 'keep')]))).code).toBe('conflict');
    await catalog.remove(writer, ['dir']);
  });

  it('lets two register the same place at once: one wins, or each replaces the other', async () => {
    const twice = (ifExists: Registration['ifExists']) => Promise.allSettled([1, 2, 3].map((n) => catalog.register(writer, [at([], 'race', [container({ n }), array({}, ['a'])], ifExists)])));
    expect((await twice('fail')).map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    await catalog.remove(writer, ['race']);
    expect((await twice('replace')).map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await childKeys(['race'])).toEqual(['a']);
    await catalog.remove(writer, ['race']);
  });

  it('finds what is registered below a URI', async () => {
    await catalog.register(writer, [
      at([], 's', [container()]), at(['s'], 'a', [file(array(), 'file:///srv/a.npy')]), at(['s'], 'b', [file(array(), 'file:///srv/d/b.npy')]),
      at(['s'], 'c', [file(array(), 'file:///srv2/c.npy')]), at(['s'], 'd', [file(array(), 'file:///srv')]),
    ]);
    const found = async (uri: string) => (await catalog.registeredSources(reader, uri)).map((source) => source.path.join('/'));
    expect(await found('file:///srv')).toEqual(['s/d', 's/a', 's/b']);
    expect(await found('file:///srv/')).toEqual(['s/a', 's/b']);
    expect(await found('file:///srv/a.npy')).toEqual(['s/a']);
    expect(await found('file:///sr')).toEqual([]);
    await catalog.remove(writer, ['s']);
    expect(await found('file:///srv')).toEqual([]);
  });

  describe('a listing', () => {
    const metadata: JsonObject[] = [{ n: 10 }, { n: 2 }, { n: 'a' }, {}, { n: 'Z' }, { n: -1.5 }, { n: null }, { n: true }, { n: [1] }, { n: 2 }];
    let ids: number[];
    beforeAll(async () => {
      await catalog.register(writer, [at([], 'list', [container(), ...metadata.map((item, index) => ({ ...array({ deep: item }, [`k${index}`]), ...(index === 3 ? { problem: 'no' } : {}) })), container({}, ['sub']), array({}, ['sub', 'x']), array({}, ['sub', 'y'])])]);
      ids = (await catalog.children(reader, ['list'], { page: { limit: 100 }, sort: [] })).items.map((node) => node.id);
    });
    afterAll(() => catalog.remove(writer, ['list']));

    const by = (direction: 1 | -1): SortItem => ({ key: { metadata: ['deep', 'n'] }, direction });
    const backwards: SortItem = { key: { column: 'default' }, direction: -1 };

    it('is in the order of creation, page by page', async () => {
      const seen: Node[] = [];
      let page = await catalog.children(reader, ['list'], { page: { limit: 4 }, sort: [] });
      for (seen.push(...page.items); page.next; seen.push(...page.items)) page = await catalog.children(reader, ['list'], { page: { limit: 4, ...page.next }, sort: [] });
      expect(seen.map((node) => node.id)).toEqual(ids);
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
      expect(await childKeys(['list'], [backwards])).toEqual([...(await childKeys(['list']))].reverse());
      const newest = await catalog.children(reader, ['list'], { page: { limit: 5 }, sort: [backwards] });
      const next = await catalog.children(reader, ['list'], { page: { limit: 100, ...newest.next }, sort: [backwards] });
      expect([...newest.items, ...next.items].map((node) => node.id)).toEqual([...ids].reverse());
    });

    it('sorts numbers, then strings, then what is missing', async () => {
      expect(await childKeys(['list'], [by(1)])).toEqual(['k5', 'k1', 'k9', 'k0', 'k4', 'k2', 'k7', 'k8', 'k3', 'k6', 'sub']);
      expect(await childKeys(['list'], [by(-1)])).toEqual(['k8', 'k7', 'k2', 'k4', 'k0', 'k1', 'k9', 'k5', 'k3', 'k6', 'sub']);
      expect(await childKeys(['list'], [by(1), backwards])).toEqual(['k5', 'k9', 'k1', 'k0', 'k4', 'k2', 'k7', 'k8', 'sub', 'k6', 'k3']);
      expect(await childKeys(['list'], [{ key: { column: 'id' }, direction: -1 }])).toEqual(['sub', 'k9', 'k8', 'k7', 'k6', 'k5', 'k4', 'k3', 'k2', 'k1', 'k0']);
      const second = await catalog.children(reader, ['list'], { page: { limit: 2, offset: 1 }, sort: [by(1)] });
      expect(second.items.map((node) => node.path[1])).toEqual(['k1', 'k9']);
      expect(second.next).toEqual({ offset: 3 });
    });

    it('counts, leaves out, and fills in', async () => {
      expect(await catalog.children(reader, ['list'], { page: { limit: 0 }, sort: [] })).toEqual({ items: [], count: 11 });
      const readable = await catalog.children(reader, ['list'], { page: { limit: 100 }, sort: [], readableOnly: true, withChildCount: true, withDataSources: true });
      expect(readable.count).toBe(10);
      expect(readable.items.map((node) => node.path[1])).not.toContain('k3');
      expect(readable.items.find((node) => node.path[1] === 'sub')).toMatchObject({ childCount: 2, dataSources: [] });
      expect(readable.items[0]).not.toHaveProperty('childCount');
    });

    it('counts exactly only when asked to', async () => {
      await catalog.register(writer, [at([], 'many', [container(), container({}, ['in']), ...Array.from({ length: 150 }, (_, n) => array({}, ['in', `${n}`]))])]);
      const counts = async (exactCount: boolean) => {
        const listing = await catalog.children(reader, ['many'], { page: { limit: 1 }, sort: [], exactCount, withChildCount: true });
        return [listing.items[0]!.childCount, (await catalog.children(reader, ['many', 'in'], { page: { limit: 1 }, sort: [], exactCount })).count];
      };
      expect(await counts(true)).toEqual([150, 150]);
      expect(await counts(false)).toEqual([101, 101]);
      await catalog.remove(writer, ['many']);
    });

    it('refuses pages that make no sense', async () => {
      const listing = (page: object, sort: SortItem[] = []) => failure(catalog.children(reader, ['list'], { page: page as { limit: number }, sort }));
      for (const page of [{ limit: -1 }, { limit: 1.5 }, { limit: 1e9 }, { limit: 1, offset: -1 }, { limit: 1, cursor: 0.5 }, { limit: 1, offset: 0, cursor: 1 }]) {
        expect((await listing(page)).code).toBe('invalid_argument');
      }
      expect((await listing({ limit: 1, cursor: 1 }, [by(1)])).code).toBe('invalid_argument');
    });
  });

  it('gives nodes by id with their paths, and all of them in parts', async () => {
    await catalog.register(writer, [at([], 'p', [container(), container({}, ['q']), array({}, ['q', 'r']), array({}, ['q', 's'])])]);
    const r = (await catalog.resolve(reader, ['p', 'q', 'r'])).node;
    const nodes = await catalog.nodes(reader, [r.id, 0, 987654321, r.id]);
    expect(nodes.map((node) => node.path).sort()).toEqual([[], ['p', 'q', 'r']]);
    expect(nodes.find((node) => node.id === r.id)).toEqual(r);
    const all: Node[] = [];
    for (let part = await catalog.scan(reader, { limit: 2 }); part.length > 0; part = await catalog.scan(reader, { limit: 2, afterId: all[all.length - 1]!.id })) all.push(...part);
    expect(all.map((node) => node.path.join('/'))).toEqual(['whole', 'whole/entry', 'p', 'p/q', 'p/q/r', 'p/q/s']);
    await catalog.remove(writer, ['p']);
  });

  it('notes each change in the outbox, in pieces, and tells of commits', async () => {
    const before = commits;
    const events = await newEvents(() => catalog.register(writer, [at([], 'big', [container(), ...Array.from({ length: 2500 }, (_, n) => array({ n }, [`${n}`]))])]));
    expect(events.map((event) => event.nodeIds.length)).toEqual([1000, 1000, 501]);
    const removed = await newEvents(() => catalog.remove(writer, ['big']));
    expect(removed.map((event) => event.kind)).toEqual(Array.from({ length: 3 }, () => 'node.removed.v1'));
    expect(removed.flatMap((event) => event.nodeIds).sort((a, b) => a - b)).toEqual(events.flatMap((event) => event.nodeIds));
    expect(commits).toBe(before + 2);
  });

  it('stops when the caller is gone or the time is over', async () => {
    expect((await failure(catalog.resolve(reader, [], {}, { signal: AbortSignal.abort() }))).code).toBe('cancelled');
    expect((await failure(catalog.resolve(reader, [], {}, { deadlineMs: Date.now() - 1 }))).code).toBe('deadline_exceeded');
    expect((await failure(catalog.register(writer, [at([], 'late', [container()])], { deadlineMs: Date.now() - 1 }))).code).toBe('deadline_exceeded');
  });
});

function nobodyWith(...scopes: Principal['scopes'][number][]): Principal {
  return { id: 'anonymous', kind: 'anonymous', scopes };
}
