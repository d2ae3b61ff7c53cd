import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  TesseraError, checkKey, servicePrincipal,
  type ByteStore, type Catalog, type Indexer, type NodeDraft, type NodePath, type Registration,
} from '@tessera/domain';
import { openStore, WritableFileStore, BundledManifestStore, formatFileUri, uriName } from '@tessera/storage';
import { npyFile } from '@tessera/testing';
import { FakeObjects } from '../test/fake-objects.ts';
import { IndexerService } from './indexer.service.ts';
import { IngestService } from './ingest.service.ts';

const fixtures = fileURLToPath(new URL('../../../../fixtures/', import.meta.url));
const principal = servicePrincipal('test', ['read:metadata', 'create:node', 'write:metadata', 'register', 'delete:node']);

/** Just the part of a catalog that a walk uses, in memory and with its rules. */
class FakeCatalog {
  readonly nodes = new Map<string, NodeDraft>();
  registrations = 0;

  async register(_principal: unknown, registrations: readonly Registration[]) {
    for (const registration of registrations) this.#register(registration);
    return [];
  }

  #register({ parent, key, drafts, ifExists }: Registration): void {
    checkKey(key);
    const above = this.nodes.get(parent.join('/'));
    if (parent.length > 0 && above?.structure.family !== 'container') throw new TesseraError('not_found', 'No such entry');
    const path = [...parent, key].join('/');
    const existing = this.nodes.get(path);
    if (existing && ifExists === 'keep') {
      if (existing.dataSource || existing.structure.family !== 'container') throw new TesseraError('conflict', 'taken');
      return;
    }
    this.registrations++;
    this.#clear(path);
    for (const draft of drafts) this.nodes.set([path, ...draft.path].join('/'), draft);
  }

  async remove(_principal: unknown, path: NodePath) {
    if (!this.nodes.has(path.join('/'))) throw new TesseraError('not_found', 'No such entry');
    this.#clear(path.join('/'));
  }

  #clear(path: string): void {
    for (const key of [...this.nodes.keys()]) if (key === path || key.startsWith(`${path}/`)) this.nodes.delete(key);
  }

  async registeredSources(_principal: unknown, prefix: string) {
    return [...this.nodes].flatMap(([path, draft]) => (draft.dataSource?.assets ?? [])
      .filter(({ uri }) => uri === prefix || uri.startsWith(`${prefix}/`))
      .map(({ uri, byteLength, modifiedAtMs, etag }) => ({
        uri, path: path.split('/'),
        ...(byteLength === undefined ? {} : { byteLength }), ...(modifiedAtMs === undefined ? {} : { modifiedAtMs }), ...(etag === undefined ? {} : { etag }),
      })));
  }

  async children(_principal: unknown, path: NodePath) {
    const prefix = `${path.join('/')}/`;
    const items = [...this.nodes.keys()].filter((key) => key.startsWith(prefix) && !key.slice(prefix.length).includes('/'));
    return { items, count: items.length } as never;
  }

  async resolve(_principal: unknown, path: NodePath) {
    const draft = this.nodes.get(path.join('/'));
    if (!draft) throw new TesseraError('not_found', 'No such entry');
    const { dataSource, ...rest } = draft;
    return { node: { ...rest, path, insideFile: false, dataSources: dataSource ? [{ parameters: {}, ...dataSource }] : [] } } as never;
  }

  get keys(): string[] {
    return [...this.nodes.keys()].sort();
  }
}

describe('IngestService', () => {
  let base: string;
  let data: string;
  let catalog: FakeCatalog;
  let opened: string[];
  let store: ByteStore;

  const npy = async (name: string, source = 'bool') => {
    await mkdir(dirname(join(data, name)), { recursive: true });
    await cp(`${fixtures}npy/${source}.npy`, join(data, name));
  };
  const ingest = async (paths: string[] = [data], options = {}) => {
    opened = [];
    const inner = new IndexerService(store, new BundledManifestStore(new WritableFileStore(join(base, 'state')), { uri: formatFileUri(join(base, 'state')) }));
    const indexer: Indexer = {
      index: (request, call) => {
        opened.push(decodeURIComponent(request.uri.slice(formatFileUri(data).length + 1)));
        return inner.index(request, call);
      },
      identify: (...rest) => inner.identify(...rest),
    };
    const uris = paths.map((path) => (path.startsWith('s3:') ? path : pathToFileURL(path).href));
    return new IngestService(catalog as unknown as Catalog, indexer, store).ingest(principal, uris, options);
  };

  beforeEach(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'tessera-ingest-')));
    data = join(base, 'data');
    await mkdir(data);
    await mkdir(join(base, 'state'));
    catalog = new FakeCatalog();
    store = openStore({ roots: [data] });
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  describe('of objects of a server', () => {
    let objects: FakeObjects;
    const values = (value: number) => npyFile('<i4', [4], new Uint8Array(new Int32Array(4).fill(value).buffer));
    beforeEach(() => {
      objects = new FakeObjects();
      store = openStore({ roots: [data], stores: { s3: objects } });
      objects.put('s3://bucket/run%201/a%20b.npy', values(1));
      objects.put('s3://bucket/run%201/c.npy', values(2));
    });
    const etagOf = (key: string) => catalog.nodes.get(key)!.dataSource!.assets[0]!.etag;

    it('tells those that were written anew by their tags', async () => {
      expect(await ingest(['s3://bucket'])).toMatchObject({ registered: 2, problems: [] });
      expect(catalog.keys).toEqual(['run 1', 'run 1/a b', 'run 1/c']);
      expect(await ingest(['s3://bucket'])).toMatchObject({ registered: 0, unchanged: 2 });
      objects.put('s3://bucket/run%201/c.npy', values(3));
      expect(await ingest(['s3://bucket'])).toMatchObject({ registered: 1, unchanged: 1 });
      expect([etagOf('run 1/a b'), etagOf('run 1/c')]).toEqual(['"1"', '"3"']);
    });

    it('begins anew with one that is written while it is read', async () => {
      let writes = 0;
      objects.onRead = (uri) => {
        if (uri.endsWith('c.npy') && writes < 2) objects.put(uri, values(10 + ++writes));
      };
      expect(await ingest(['s3://bucket'])).toMatchObject({ registered: 2, problems: [] });
      expect([writes, etagOf('run 1/c')]).toEqual([2, '"4"']);
      objects.onRead = (uri) => void (uri.endsWith('c.npy') && objects.put(uri, values(20)));
      objects.put('s3://bucket/run%201/c.npy', values(30));
      expect(await ingest(['s3://bucket'])).toMatchObject({ registered: 1, problems: [{ name: 'run 1/c.npy' }] });
      expect(catalog.nodes.get('run 1/c')).toMatchObject({ problem: expect.any(String) });
      objects.onRead = () => undefined;
      expect(await ingest(['s3://bucket'])).toMatchObject({ registered: 1, unchanged: 1, problems: [] });
    });

    it('keeps what is known of a server that does not answer, and serves the rest', async () => {
      await npy('local.npy');
      const paths = ['s3://bucket/run%201', data];
      await ingest(paths);
      const keys = catalog.keys;
      objects.isAway = true;
      await npy('new.npy');
      expect(await ingest(paths)).toMatchObject({ registered: 1, removed: 0, problems: [{ reason: expect.stringContaining('does not answer') }] });
      expect(catalog.keys).toEqual([...keys, 'data/new'].sort());
    });
  });

  it('makes folders containers and files nodes, with names without suffixes', async () => {
    await npy('scan_1.npy');
    await npy('run 2024.05/a#b.tar.npy');
    await npy('run 2024.05/deep/x.npy');
    await mkdir(join(data, 'empty'));
    await writeFile(join(data, 'notes.unknown'), 'x');
    await npy('.hidden.npy');
    await npy('.hidden/y.npy');
    const progress: unknown[] = [];
    const report = await ingest([data], { onProgress: (each: unknown) => progress.push(each) });
    expect(catalog.keys).toEqual(['empty', 'run 2024.05', 'run 2024.05/a#b', 'run 2024.05/deep', 'run 2024.05/deep/x', 'scan_1']);
    expect(report).toEqual({ registered: 3, unchanged: 0, skipped: 1, removed: 0, problems: [], notes: [] });
    expect(progress.at(-1)).toEqual({ seen: 4, registered: 3 });
    expect(catalog.nodes.get('scan_1')!.manifestId).toMatch(/^[0-9a-f]{64}\.0\.\d+$/);
  });

  it('takes a zarr hierarchy for one node, whose inside comes with it', async () => {
    await cp(`${fixtures}zarr/v3.zarr`, join(data, 'sub', 'store.zarr'), { recursive: true });
    const report = await ingest();
    expect(report.registered).toBe(1);
    expect(catalog.keys).toEqual(expect.arrayContaining(['sub', 'sub/store', 'sub/store/inner', 'sub/store/inner/values', 'sub/store/sharded']));
    expect(await ingest()).toMatchObject({ registered: 0, unchanged: 1 });
    expect(opened).toEqual([]);
    await rm(join(data, 'sub/store.zarr/inner/values'), { recursive: true });
    expect(await ingest()).toMatchObject({ registered: 1, unchanged: 0 });
    expect(catalog.keys).not.toContain('sub/store/inner/values');
  });

  describe('of files with running numbers', () => {
    const assetsAt = (key: string) => catalog.nodes.get(key)!.dataSource!.assets.map(({ uri, ordinal }) => [ordinal, uriName(uri)]);

    it('makes one array, and says what is missing', async () => {
      for (const number of [1, 2, 10, 4]) await npy(`scans/a${number}.npy`);
      await npy('scans/b.npy');
      expect(await ingest()).toEqual({
        registered: 2, unchanged: 0, skipped: 0, removed: 0, problems: [],
        notes: [{ name: 'scans/a1.npy … a10.npy', reason: '6 numbers 3, 5–9 are missing between 1 and 10.' }],
      });
      expect(catalog.keys).toEqual(['scans', 'scans/a', 'scans/b']);
      expect(assetsAt('scans/a')).toEqual([[0, 'a1.npy'], [1, 'a2.npy'], [2, 'a4.npy'], [3, 'a10.npy']]);
      expect(catalog.nodes.get('scans/a')!.dataSource).toMatchObject({ mediaType: 'multipart/related;type=application/x-npy', assets: [{ parameter: 'data_uris' }, {}, {}, {}] });
    });

    it('opens nothing the second time; takes in what came and leaves out what went', async () => {
      await npy('a1.npy');
      await ingest();
      expect(catalog.keys).toEqual(['a1']);
      await npy('a2.npy');
      expect(await ingest()).toMatchObject({ registered: 1, removed: 1 });
      expect(catalog.keys).toEqual(['a']);
      expect(await ingest()).toMatchObject({ registered: 0, unchanged: 1, removed: 0 });
      expect(opened).toEqual([]);
      await npy('a3.npy');
      expect(await ingest()).toMatchObject({ registered: 1, removed: 0 });
      expect(assetsAt('a')).toHaveLength(3);
      await rm(join(data, 'a2.npy'));
      expect(await ingest()).toMatchObject({ registered: 1, removed: 0 });
      expect(assetsAt('a')).toEqual([[0, 'a1.npy'], [1, 'a3.npy']]);
      await rm(join(data, 'a1.npy'));
      expect(await ingest()).toMatchObject({ registered: 1, removed: 1 });
      expect(catalog.keys).toEqual(['a3']);
    });

    it('serves each by itself if they do not make one array, and does not open them again', async () => {
      await npy('x_1.npy', 'bool');
      await npy('x_2.npy', 'text');
      expect(await ingest()).toMatchObject({ registered: 2, problems: [] });
      expect(catalog.keys).toEqual(['x_1', 'x_2']);
      expect(await ingest()).toMatchObject({ registered: 0, unchanged: 2 });
      expect(opened).toEqual([]);
    });

    it('serves an odd one by itself besides, and reports it with those that are damaged', async () => {
      for (const number of [1, 2, 3, 5]) await npy(`x${number}.npy`);
      await npy('x4.npy', 'text');
      await writeFile(join(data, 'x6.npy'), 'no npy');
      const report = await ingest();
      expect(report.problems.map(({ name }) => name)).toEqual(['x4.npy', 'x6.npy']);
      expect(catalog.keys).toEqual(['x', 'x4']);
      expect(assetsAt('x')).toHaveLength(6);
      expect(await ingest()).toMatchObject({ registered: 0, unchanged: 2 });
      expect(opened).toEqual([]);
      await npy('x4.npy');
      expect(await ingest()).toMatchObject({ registered: 1, removed: 1 });
      expect(catalog.keys).toEqual(['x']);
    });

    it('follows links to files, and finds another key where one is taken', async () => {
      await npy('far/one.npy');
      await symlink('far/one.npy', join(data, 's1.npy'));
      await symlink('far/one.npy', join(data, 's2.npy'));
      await symlink('nowhere', join(data, 's3.npy'));
      await writeFile(join(data, 's.csv'), 'x,y\n1,2\n');
      const report = await ingest();
      expect(report.problems.map(({ name }) => name)).toEqual(['s3.npy']);
      expect(catalog.keys).toEqual(['far', 'far/one', 's.csv', 's1.npy']);
      expect(assetsAt('s1.npy')).toHaveLength(2);
      expect(await ingest()).toMatchObject({ registered: 0, unchanged: 3 });
    });
  });

  it('uses whole names on a clash, and moves nodes when one comes or goes', async () => {
    await npy('a.npy');
    await ingest();
    expect(catalog.keys).toEqual(['a']);
    await writeFile(join(data, 'a.csv'), 'x,y\n1,2\n');
    const report = await ingest();
    expect(catalog.keys).toEqual(['a.csv', 'a.npy']);
    expect(report.removed).toBe(1);
    await rm(join(data, 'a.npy'));
    await ingest();
    expect(catalog.keys).toEqual(['a']);
    expect(catalog.nodes.get('a')!.structure.family).toBe('table');
  });

  it('does not open unchanged files, opens changed ones, removes vanished ones', async () => {
    await npy('kept.npy');
    await npy('changed.npy');
    await npy('gone/away.npy');
    await ingest();
    expect(opened.sort()).toEqual(['changed.npy', 'gone/away.npy', 'kept.npy']);
    await npy('changed.npy', 'text');
    await rm(join(data, 'gone'), { recursive: true });
    expect(await ingest()).toEqual({ registered: 1, unchanged: 1, skipped: 0, removed: 1, problems: [], notes: [] });
    expect(opened).toEqual(['changed.npy']);
    expect(catalog.keys).toEqual(['changed', 'kept']);
    await utimes(join(data, 'kept.npy'), 1000, 1000);
    expect(await ingest()).toMatchObject({ registered: 1, unchanged: 1 });
  });

  it('leaves alone what others registered, even of files that are gone', async () => {
    await npy('a.npy');
    await ingest();
    const draft = catalog.nodes.get('a')!;
    const assets = [{ uri: formatFileUri(join(data, 'b.npy')), isDirectory: false }];
    await catalog.register(principal, [{ parent: [], key: 'mine', drafts: [{ ...draft, dataSource: { ...draft.dataSource!, assets } }], ifExists: 'fail' }]);
    await ingest();
    expect(catalog.keys).toEqual(['a', 'mine']);
  });

  it('reports a file that cannot be read, and serves the rest', async () => {
    await npy('good.npy');
    await npy('pickled.npy', 'object');
    await writeFile(join(data, 'cut.npy'), Buffer.from('\x93NUMPY\x01\x00\xff\xff', 'latin1'));
    const report = await ingest();
    expect(report.registered).toBe(3);
    expect(report.problems.map((problem) => problem.name).sort()).toEqual(['cut.npy', 'pickled.npy']);
    expect(report.problems.every(({ reason }) => reason.length > 10 && !reason.includes(base))).toBe(true);
    expect(catalog.nodes.get('pickled')!.problem).toContain('pickled');
    expect(catalog.nodes.get('good')!.problem).toBeUndefined();
    expect(await ingest()).toMatchObject({ registered: 0, unchanged: 3 });
  });

  it('reports files that are not what their names promise', async () => {
    const names = ['a.h5', 'b.NXS', 'c.nc', 'd.npy', 'e.parquet', 'f.arrow', 'g.csv'];
    for (const name of names) {
      await writeFile(join(data, name), Buffer.alloc(3000, 'no \0'));
      await writeFile(join(data, `empty-${name}`), '');
    }
    await npy('misnamed.h5');
    const report = await ingest();
    expect(report).toMatchObject({ registered: 2 * names.length + 1, skipped: 0 });
    expect(report.problems.map(({ name }) => name).sort()).toEqual(names.flatMap((name) => [name, `empty-${name}`]).sort());
    for (const { reason } of report.problems) expect(reason).toMatch(/^[A-Z].{10,}\.$/);
    // The content counts for more than the name.
    expect(catalog.nodes.get('misnamed')!.problem).toBeUndefined();
  });

  it('shows a bad array of a hierarchy as a problem beside good ones', async () => {
    await cp(`${fixtures}zarr/v2.zarr`, join(data, 's.zarr'), { recursive: true });
    await writeFile(join(data, 's.zarr/blosc/.zarray'), '{"zarr_format": 2, "shape": [3]');
    await writeFile(join(data, 's.zarr/text/.zarray'), JSON.stringify({ zarr_format: 2, shape: [3], chunks: [0], dtype: '<f8', compressor: null, fill_value: 0, filters: null, order: 'C' }));
    await ingest();
    expect(catalog.nodes.get('s/blosc')!.problem).toContain('.zarray');
    expect(catalog.nodes.get('s/text')!.problem).toContain('chunks');
    expect(catalog.nodes.get('s/raw')!.problem).toBeUndefined();
  });

  it('serves metadata without the characters that no catalog can store', async () => {
    await cp(`${fixtures}zarr/v2.zarr`, join(data, 's.zarr'), { recursive: true });
    await writeFile(join(data, 's.zarr/raw/.zattrs'), '{"a\\u0000": ["b\\ud800c", {"__proto__": "\\u0000"}], "fine": "\\ud83d\\ude00 \\\\u0000", "n": null}');
    expect((await ingest()).problems).toEqual([]);
    const { metadata } = catalog.nodes.get('s/raw')!;
    expect(JSON.stringify(metadata)).toBe(JSON.stringify({ 'a\ufffd': ['b\ufffdc', JSON.parse('{"__proto__":"\ufffd"}')], fine: '\u{1f600} \\u0000', n: null }));
  });


  it('makes a problem of metadata that are nested too deep', async () => {
    await cp(`${fixtures}zarr/v2.zarr`, join(data, 's.zarr'), { recursive: true });
    await writeFile(join(data, 's.zarr/raw/.zattrs'), `{"a": ${'['.repeat(256)}${']'.repeat(256)}}`);
    await ingest();
    expect(catalog.nodes.get('s/raw')).toMatchObject({ problem: expect.stringContaining('256'), metadata: {} });
    await writeFile(join(data, 's.zarr/raw/.zattrs'), `{"a": ${'['.repeat(255)}${']'.repeat(255)}}`);
    await ingest();
    expect(catalog.nodes.get('s/raw')!.problem).toBeUndefined();
    expect(catalog.nodes.get('s/blosc')!.problem).toBeUndefined();
  });

  it('does not follow links out, reports broken ones, and ends circles', async () => {
    await mkdir(join(base, 'outside'));
    await cp(`${fixtures}npy/bool.npy`, join(base, 'outside', 'secret.npy'));
    await npy('sub/x.npy');
    await symlink('../outside', join(data, 'out'));
    await symlink('../../outside/secret.npy', join(data, 'sub', 'secret.npy'));
    await symlink('nowhere', join(data, 'broken.npy'));
    await symlink('..', join(data, 'sub', 'up'));
    await symlink('sub/x.npy', join(data, 'link.npy'));
    const report = await ingest();
    expect(catalog.keys).toEqual(['link', 'sub', 'sub/x']);
    expect(report.problems.map((problem) => problem.name).sort()).toEqual(['broken.npy', 'out', 'sub/secret.npy', 'sub/up']);
  });

  it('serves one file, several paths, and paths that are not there', async () => {
    await npy('one/data.npy');
    await npy('two/one/other.npy');
    await ingest([join(data, 'one/data.npy')]);
    expect(catalog.keys).toEqual(['data']);
    catalog = new FakeCatalog();
    const report = await ingest([join(data, 'one'), join(data, 'two/one'), join(data, 'one/data.npy'), join(data, 'none')]);
    expect(catalog.keys).toEqual(['data', 'one', 'one-2', 'one-2/other', 'one/data']);
    expect(report.problems).toEqual([{ name: 'none', reason: 'There is no such file or folder.' }]);
    expect(await ingest([join(data, 'one'), join(data, 'two/one'), join(data, 'one/data.npy')])).toMatchObject({ registered: 0, unchanged: 3, removed: 0 });
  });

  it('removes nothing when the whole place is away', async () => {
    await npy('a.npy');
    await ingest();
    await rename(data, join(base, 'moved'));
    expect(await ingest()).toMatchObject({ removed: 0, problems: [{ name: 'data' }] });
    expect(catalog.keys).toEqual(['a']);
  });

  it('puts a folder where a file was, and a file where a folder was', async () => {
    await npy('x.npy');
    await npy('y/inner.npy');
    await ingest();
    await rm(join(data, 'x.npy'));
    await rm(join(data, 'y'), { recursive: true });
    await npy('x/inner.npy');
    await npy('y.npy');
    await ingest();
    expect(catalog.keys).toEqual(['x', 'x/inner', 'y']);
  });

  it('keeps the place of a file that cannot be looked at now', async () => {
    await npy('a.npy');
    await ingest();
    const real = store;
    store = { ...real, stat: real.stat, list: real.list, read: async () => { throw new TesseraError('permission_denied', 'No right to read this file.'); } };
    await npy('a.npy', 'text');
    const report = await ingest();
    expect(report.problems).toEqual([{ name: 'a.npy', reason: 'No right to read this file.' }]);
    expect(catalog.nodes.get('a')!.problem).toBe('No right to read this file.');
    store = real;
    await ingest();
    expect(catalog.nodes.get('a')!.problem).toBeUndefined();
  });

  it('stops when it is told to', async () => {
    for (let index = 0; index < 20; index++) await npy(`f${index}.npy`);
    const controller = new AbortController();
    controller.abort();
    await expect(ingest([data], { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('registers many files in few steps, each once', async () => {
    for (let index = 0; index < 150; index++) await npy(`many/f${index}x.npy`);
    expect(await ingest()).toMatchObject({ registered: 150 });
    expect(catalog.registrations).toBe(151);
    expect(catalog.keys).toHaveLength(151);
  });

  describe('of one file', () => {
    const writer = servicePrincipal('test', ['read:metadata', 'create:node', 'write:metadata', 'register']);
    const refresher = (before: () => Promise<void>) => {
      const inner = new IndexerService(store, new BundledManifestStore(new WritableFileStore(join(base, 'state')), { uri: formatFileUri(join(base, 'state')) }));
      opened = [];
      const indexer: Indexer = {
        async *index(request, call) {
          opened.push(request.uri);
          await before();
          yield* inner.index(request, call);
        },
        identify: (...rest) => inner.identify(...rest),
      };
      return new IngestService(catalog as unknown as Catalog, indexer, store);
    };

    it('is done once for all who ask meanwhile, whoever of them goes away', async () => {
      await npy('a.npy');
      await ingest();
      let release = () => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      const service = refresher(() => held);
      const first = new AbortController();
      const all = [service.refresh(writer, ['a'], { signal: first.signal }), service.refresh(writer, ['a']), service.refresh(writer, ['a'])];
      while (opened.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      first.abort();
      release();
      await Promise.all(all);
      expect(opened).toHaveLength(1);
      await service.refresh(writer, ['a']);
      expect(opened).toHaveLength(2);
    });

    it('leaves all as it is if nobody answers, and ends when it is told to', async () => {
      await npy('a.npy');
      await ingest();
      const before = catalog.nodes.get('a');
      const away = refresher(async () => { throw new TesseraError('unavailable', 'Nobody answers.'); });
      await expect(away.refresh(writer, ['a'])).rejects.toMatchObject({ code: 'unavailable' });
      expect(catalog.nodes.get('a')).toBe(before);
      const slow = refresher(() => new Promise((resolve) => setTimeout(resolve, 20)));
      const refreshing = slow.refresh(writer, ['a']);
      while (opened.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      const [outcome] = await Promise.allSettled([refreshing, slow.close()]);
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } });
      await expect(slow.refresh(writer, ['a'])).rejects.toMatchObject({ code: 'cancelled' });
      expect(catalog.nodes.get('a')).toBe(before);
    });
  });

  it('reports names that are not UTF-8', async () => {
    await npy('a.npy');
    await writeFile(Buffer.concat([Buffer.from(join(data, 'b')), Buffer.of(0xfe), Buffer.from('.npy')]), 'x');
    await mkdir(Buffer.concat([Buffer.from(join(data, 'c')), Buffer.of(0xfe)]));
    const { problems } = await ingest();
    expect(problems).toEqual(['b%FE.npy', 'c%FE'].map((name) => ({ name, reason: expect.stringContaining('UTF-8') })));
    expect(catalog.keys).toEqual(['a']);
  });

  it('passes over pipes and sockets', async () => {
    execFileSync('mkfifo', [join(data, 'pipe.npy')]);
    await npy('a.npy');
    await ingest();
    expect(catalog.keys).toEqual(['a']);
  });
});
