import fc from 'fast-check';
import {
  singleUserScopes, type Catalog, type JsonObject, type ListRequest, type Node, type NodeDraft, type NodePath, type Principal, type Registration, type SortItem,
} from '@tessera/domain';
import { drafts } from '../arbitraries/node.ts';
import { failureCode } from './failure.ts';

export interface CatalogSetup {
  readonly catalog: Catalog;
  close(): Promise<void>;
}

const writer: Principal = { id: 'user:writer', kind: 'user', scopes: singleUserScopes };
const reader: Principal = { id: 'user:reader', kind: 'user', scopes: ['read:metadata', 'read:data'] };
const stranger: Principal = { id: 'anonymous', kind: 'anonymous', scopes: [] };

const container = (path: NodePath = [], metadata: JsonObject = {}): NodeDraft => ({ path, structure: { family: 'container' }, metadata, specs: [] });
const table = (path: NodePath, columns: string[]): NodeDraft => ({
  ...container(path), manifestId: 'aa.0.1', structure: { family: 'table', table: { arrowSchema: 'AAAA', columns, partitionCount: 1 } },
});
const at = (parent: NodePath, key: string, list: NodeDraft[], ifExists: Registration['ifExists'] = 'fail'): Registration => ({ parent, key, drafts: list, ifExists });

/** What every catalog does. `setup` gives a new, empty one; it is used by all tests of the suite. */
export function catalogContract(name: string, setup: () => Promise<CatalogSetup>): void {
  describe(`catalog: ${name}`, () => {
    let catalog: Catalog;
    let close: () => Promise<void> = async () => {};
    let serial = 0;
    const newKey = () => `k${++serial}`;
    beforeAll(async () => {
      ({ catalog, close } = await setup());
    });
    afterAll(() => close());

    const list = async (path: NodePath, request: Partial<ListRequest> = {}) => catalog.children(reader, path, { page: { limit: 100 }, sort: [], ...request });
    const keysOf = (nodes: readonly Node[]) => nodes.map((node) => node.path.at(-1));
    /** A container with these children, by key. */
    async function family(children: Record<string, JsonObject>): Promise<string> {
      const key = newKey();
      await catalog.register(writer, [at([], key, [container(), ...Object.entries(children).map(([child, metadata]) => container([child], metadata))])]);
      return key;
    }

    it('begins with a root', async () => {
      const { node } = await catalog.resolve(reader, [], { withChildCount: true });
      expect(node).toMatchObject({ path: [], structure: { family: 'container' }, insideFile: false });
      expect(typeof node.childCount).toBe('number');
      expect('parentId' in node).toBe(false);
    });

    it('gives back whatever was registered', async () => {
      const root = await catalog.resolve(reader, []);
      await fc.assert(fc.asyncProperty(drafts, async (draft) => {
        const key = newKey();
        const [registered] = await catalog.register(writer, [at([], key, [draft])]);
        const { node, column } = await catalog.resolve(reader, [key], { withDataSources: true });
        expect(column).toBeUndefined();
        expect(node.id).toBe(registered!.id);
        const { path: _, dataSource, ...rest } = draft;
        expect(node).toMatchObject({ ...rest, path: [key], parentId: root.node.id });
        for (const absent of ['manifestId', 'problem'] as const) if (!(absent in draft)) expect(absent in node).toBe(false);
        const [source] = node.dataSources!;
        expect(node.dataSources).toHaveLength(dataSource ? 1 : 0);
        if (dataSource) {
          expect(source).toMatchObject({ mediaType: dataSource.mediaType, management: dataSource.management, parameters: dataSource.parameters ?? {}, properties: dataSource.properties ?? {} });
          const [{ uri, isDirectory, byteLength, parameter, ordinal }] = dataSource.assets as [typeof dataSource.assets[0]];
          expect(source!.assets[0]).toMatchObject({ uri, isDirectory, ...(byteLength === undefined ? {} : { byteLength }), parameter, ...(ordinal === undefined ? {} : { ordinal }) });
        }
        const plain = await catalog.resolve(reader, [key]);
        expect('dataSources' in plain.node).toBe(false);
      }), { numRuns: 40 });
    });

    it('replaces a source of many files by one that grew, shrank, or is another', async () => {
      const key = newKey();
      const folder = `file://localhost/series-${key}`;
      const files = (numbers: readonly number[], changedAtMs: Readonly<Record<number, number>> = {}): NodeDraft => ({
        ...container(),
        dataSource: {
          mediaType: 'multipart/related;type=image/tiff', management: 'external', properties: { count: numbers.length },
          assets: numbers.map((number, ordinal) => ({ uri: `${folder}/f${number}.tif`, isDirectory: false, byteLength: 10 + number, modifiedAtMs: changedAtMs[number] ?? 1.5, parameter: 'data_uris', ordinal })),
        },
      });
      const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
      const steps = [
        files(upTo(300)), files(upTo(301)), files(upTo(301), { 7: 99, 300: 98 }), files(upTo(280)), files(upTo(299).filter((number) => number !== 5)),
        files(upTo(600).slice(300)), files(upTo(3)), files(upTo(400)),
      ];
      for (const draft of steps) {
        await catalog.register(writer, [{ ...at([], key, [draft]), ifExists: 'replace' }]);
        const { node } = await catalog.resolve(reader, [key], { withDataSources: true });
        const { assets, properties } = draft.dataSource!;
        expect(node.dataSources).toHaveLength(1);
        expect(node.dataSources![0]).toMatchObject({ properties: properties!, mediaType: 'multipart/related;type=image/tiff' });
        expect(node.dataSources![0]!.assets.map(({ uri, ordinal, byteLength }) => [uri, ordinal, byteLength])).toEqual(assets.map(({ uri, ordinal, byteLength }) => [uri, ordinal, byteLength]));
        const known = await catalog.registeredSources(writer, folder);
        const facts = (sources: readonly { readonly uri: string; readonly modifiedAtMs?: number }[]) => sources.map(({ uri, modifiedAtMs }) => `${uri} ${modifiedAtMs}`).sort();
        expect(facts(known)).toEqual(facts(assets));
      }
    });

    it('walks paths, with any key', async () => {
      const key = newKey();
      const strange = ['with space', 'ümlaut', '日本', '%2F', "quo'te", 'a.b', '\\', '🙂'];
      const file: NodeDraft = { ...container(), dataSource: { mediaType: 'application/x-hdf5', management: 'external', assets: [{ uri: 'file:///a.h5', isDirectory: false }] } };
      await catalog.register(writer, [at([], key, [file, ...strange.map((child) => container([child])), container([strange[0]!, 'deeper'])])]);
      for (const child of strange) expect((await catalog.resolve(reader, [key, child])).node.path).toEqual([key, child]);
      const { node } = await catalog.resolve(reader, [key, strange[0]!, 'deeper']);
      expect(node.insideFile).toBe(true);
      expect((await catalog.resolve(reader, [key])).node.insideFile).toBe(false);
    });

    it('names the whole path when a key is unknown', async () => {
      const key = await family({ a: {} });
      await expect(catalog.resolve(reader, [key, 'a', 'b', 'c'])).rejects.toMatchObject({ code: 'not_found', message: `No such entry: ['${key}', 'a', 'b', 'c']` });
      expect(await failureCode(catalog.resolve(reader, [newKey()]))).toBe('not_found');
    });

    it('finds columns below tables, and nothing below those', async () => {
      const key = newKey();
      await catalog.register(writer, [at([], key, [table([], ['x', 'a/b', 'ü'])])]);
      for (const column of ['x', 'a/b', 'ü']) {
        const resolved = await catalog.resolve(reader, [key, column]);
        expect(resolved.column).toBe(column);
        expect(resolved.node.path).toEqual([key]);
      }
      expect(await failureCode(catalog.resolve(reader, [key, 'y']))).toBe('not_found');
      expect(await failureCode(catalog.resolve(reader, [key, 'x', 'x']))).toBe('not_found');
    });

    it('keeps nodes that cannot be read beside good ones', async () => {
      const key = newKey();
      await catalog.register(writer, [at([], key, [container(), { ...container(['bad'], { kept: 1 }), problem: 'The link is broken.' }, container(['good'])])]);
      expect((await catalog.resolve(reader, [key, 'bad'])).node).toMatchObject({ problem: 'The link is broken.', metadata: { kept: 1 } });
      await expect(catalog.resolve(reader, [key, 'bad', 'x'])).rejects.toMatchObject({ code: 'gone', message: 'The link is broken.' });
      expect(keysOf((await list([key])).items)).toEqual(['bad', 'good']);
      expect(keysOf((await list([key], { readableOnly: true })).items)).toEqual(['good']);
    });

    it('asks for the right to do what is done', async () => {
      const refused = ['unauthenticated', 'permission_denied'];
      const key = await family({ a: {} });
      expect(refused).toContain(await failureCode(catalog.resolve(stranger, [])));
      expect(refused).toContain(await failureCode(catalog.children(stranger, [], { page: { limit: 1 }, sort: [] })));
      expect(refused).toContain(await failureCode(catalog.nodes(stranger, [1])));
      expect(refused).toContain(await failureCode(catalog.scan(stranger, { limit: 1 })));
      expect(refused).toContain(await failureCode(catalog.register(reader, [at([], newKey(), [container()])])));
      expect(refused).toContain(await failureCode(catalog.remove(reader, [key])));
      expect((await catalog.resolve(reader, [key])).node.path).toEqual([key]);
    });

    it('lists children in the order they came, page by page, each once', async () => {
      const names = Array.from({ length: 23 }, (_, i) => `n${(i * 7) % 23}`);
      const key = await family(Object.fromEntries(names.map((each) => [each, {}])));
      const seen: unknown[] = [];
      for (let page: ListRequest['page'] | undefined = { limit: 5 }; page;) {
        const { items, count, next } = await list([key], { page, exactCount: true });
        expect(count).toBe(23);
        expect(items.length).toBeLessThanOrEqual(5);
        seen.push(...keysOf(items));
        page = next && { limit: 5, ...next };
      }
      expect(seen).toEqual(names);
      expect(keysOf((await list([key], { page: { limit: 4, offset: 20 } })).items)).toEqual(names.slice(20));
      expect((await list([key], { page: { limit: 100 } })).next).toBeUndefined();
    });

    it('sorts by metadata, both ways, and pages within the order', async () => {
      const values = [5, -1, 3.5, 10, 0];
      const key = await family(Object.fromEntries(values.map((v, i) => [`c${i}`, { v: { deep: v } }])));
      const by = (direction: 1 | -1): SortItem[] => [{ key: { metadata: ['v', 'deep'] }, direction }];
      const ascending = ['c1', 'c4', 'c2', 'c0', 'c3'];
      expect(keysOf((await list([key], { sort: by(1) })).items)).toEqual(ascending);
      expect(keysOf((await list([key], { sort: by(-1) })).items)).toEqual([...ascending].reverse());
      expect(keysOf((await list([key], { sort: by(1), page: { limit: 2, offset: 2 } })).items)).toEqual(ascending.slice(2, 4));
    });

    it('counts children when asked to', async () => {
      const key = newKey();
      await catalog.register(writer, [at([], key, [container(), container(['two']), container(['two', 'a']), container(['two', 'b']), container(['none'])])]);
      const { items } = await list([key], { withChildCount: true });
      expect(items.map((node) => node.childCount)).toEqual([2, 0]);
      expect((await catalog.resolve(reader, [key], { withChildCount: true })).node.childCount).toBe(2);
      expect('childCount' in (await catalog.resolve(reader, [key])).node).toBe(false);
    });

    it('lists containers only', async () => {
      const key = newKey();
      await catalog.register(writer, [at([], key, [table([], ['x'])])]);
      expect(await failureCode(list([key]))).toBe('not_found');
      expect(await failureCode(list([newKey()]))).toBe('not_found');
    });

    it('gives nodes by id, leaving out those that are gone', async () => {
      const key = await family({ a: {}, b: {} });
      const ids = (await list([key])).items.map((node) => node.id);
      await catalog.remove(writer, [key, 'b']).catch(() => catalog.remove(writer, [key]));
      const found = await catalog.nodes(reader, [...ids, 2 ** 40]);
      const expected = await Promise.all(['a', 'b'].map((child) => catalog.resolve(reader, [key, child]).then(({ node }) => node.id, () => undefined)));
      expect(found.map((node) => node.id).sort()).toEqual(expected.filter((id) => id !== undefined).sort());
      expect(await catalog.nodes(reader, [])).toEqual([]);
    });

    it('fails, replaces or keeps when a key is there', async () => {
      const key = newKey();
      const first = at([], key, [container([], { version: 1 }), container(['old'])]);
      const second = (ifExists: Registration['ifExists']) => at([], key, [container([], { version: 2 }), container(['new'])], ifExists);
      await catalog.register(writer, [first]);
      expect(await failureCode(catalog.register(writer, [second('fail')]))).toBe('conflict');
      expect(keysOf((await list([key])).items)).toEqual(['old']);
      await catalog.register(writer, [second('keep')]);
      expect(keysOf((await list([key])).items).sort()).toEqual(['new', 'old']);
      await catalog.register(writer, [second('replace')]);
      expect(keysOf((await list([key])).items)).toEqual(['new']);
      expect((await catalog.resolve(reader, [key])).node.metadata).toEqual({ version: 2 });
    });

    it('registers a subtree wholly or not at all', async () => {
      const key = newKey();
      const orphan = at([], key, [container(), container(['a']), container(['missing', 'b'])]);
      await failureCode(catalog.register(writer, [orphan]));
      expect(await failureCode(catalog.resolve(reader, [key]))).toBe('not_found');
      expect(await failureCode(catalog.register(writer, [at([newKey()], 'x', [container()])]))).toBe('not_found');
    });

    it('takes registrations that are larger than any one message', async () => {
      const key = newKey();
      const filler = 'm'.repeat(60_000);
      const children = Array.from({ length: 400 }, (_, i) => container([`c${i}`], { filler, i }));
      await catalog.register(writer, [at([], key, [container(), ...children])]);
      const { items } = await list([key], { page: { limit: 300 } });
      expect(items).toHaveLength(300);
      expect(items.every((node, i) => node.metadata['i'] === i && (node.metadata['filler'] as string).length === filler.length)).toBe(true);
    });

    it('removes a node and all below it', async () => {
      const key = await family({ a: {} });
      await catalog.remove(writer, [key]);
      expect(await failureCode(catalog.resolve(reader, [key, 'a']))).toBe('not_found');
      expect(await failureCode(catalog.remove(writer, [key]))).toBe('not_found');
    });

    it('knows which files are registered below a folder, as they were', async () => {
      const folder = `file:///data/${newKey()}`;
      const file = (uri: string, byteLength: number): NodeDraft => ({
        ...container(), dataSource: { mediaType: 'text/csv', management: 'external', assets: [{ uri, isDirectory: false, byteLength, modifiedAtMs: 1_700_000_000_123.5, parameter: 'data_uris' }] },
      });
      const keys = [newKey(), newKey(), newKey()];
      await catalog.register(writer, [
        at([], keys[0]!, [file(`${folder}/a.csv`, 1)]), at([], keys[1]!, [file(`${folder}/sub/b%20.csv`, 2)]), at([], keys[2]!, [file(`${folder}x/c.csv`, 3)]),
      ]);
      const found = await catalog.registeredSources(reader, `${folder}/`);
      expect([...found].sort((a, b) => (a.uri < b.uri ? -1 : 1))).toEqual([
        { uri: `${folder}/a.csv`, byteLength: 1, modifiedAtMs: 1_700_000_000_123.5, path: [keys[0]] },
        { uri: `${folder}/sub/b%20.csv`, byteLength: 2, modifiedAtMs: 1_700_000_000_123.5, path: [keys[1]] },
      ]);
    });

    it('is scanned part by part, each node once, the root not among them', async () => {
      await family({ a: {}, b: {}, c: {} });
      const seen: number[] = [];
      for (let part = await catalog.scan(reader, { limit: 7 }); part.length > 0; part = await catalog.scan(reader, { limit: 7, afterId: seen.at(-1)! })) {
        expect(part.length).toBeLessThanOrEqual(7);
        seen.push(...part.map((node) => node.id));
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect([...seen].sort((a, b) => a - b)).toEqual(seen);
      expect(seen).not.toContain((await catalog.resolve(reader, [])).node.id);
    });

    it('does not begin what was cancelled', async () => {
      expect(await failureCode(catalog.resolve(reader, [], {}, { signal: AbortSignal.abort() }))).toBe('cancelled');
    });
  });
}
