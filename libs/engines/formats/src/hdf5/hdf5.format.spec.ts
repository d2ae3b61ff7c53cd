import { readdirSync, readFileSync } from 'node:fs';
import {
  formatDescr, isTesseraError, TesseraError,
  type ArrayManifest, type ByteStore, type Entry, type IndexedNode, type TableRefs,
} from '@tessera/domain';
import { hdf5Format } from './hdf5.format.ts';
import { lookup3 } from './checksum.ts';

interface ExpectedNode {
  readonly problem?: boolean;
  readonly attributes?: Record<string, unknown>;
  readonly dtype?: unknown;
  readonly shape?: number[];
  readonly chunks?: number[];
}

const folder = new URL('../../../../../fixtures/hdf5/', import.meta.url);
const fixtures = new Map(readdirSync(folder).filter((name) => /\.(h5|nc)$/.test(name)).map((name) => [`mem://host/data/${name}`, new Uint8Array(readFileSync(new URL(name, folder)))]));
const expected = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Record<string, Record<string, ExpectedNode>>;

function storeOf(files: ReadonlyMap<string, Uint8Array>): ByteStore {
  return {
    async read(uri, range) {
      const bytes = files.get(uri);
      if (!bytes || !range) return bytes;
      return bytes.subarray(range.byteOffset, range.byteOffset + (range.byteLength ?? Infinity));
    },
    async stat(uri): Promise<Entry | undefined> {
      if (uri.startsWith('mem://host/forbidden')) throw new TesseraError('permission_denied', 'Not served.');
      const bytes = files.get(uri);
      return bytes && { uri, isDirectory: false, byteLength: bytes.byteLength, modifiedAtMs: 5 };
    },
    async *list() {
      throw new Error('HDF5 lists no folders.');
    },
  };
}

async function indexed(name: string, files: ReadonlyMap<string, Uint8Array> = fixtures, parameters = {}): Promise<Map<string, IndexedNode>> {
  const store = storeOf(files);
  const entry = await store.stat(`mem://host/data/${name}`);
  const nodes = await Array.fromAsync(hdf5Format.index(entry!, store, parameters));
  return new Map(nodes.map((node) => [node.path.join('/'), node]));
}

const manifestOf = (node: IndexedNode | undefined) => node?.manifest as ArrayManifest;

describe.each(Object.keys(expected))('%s', (file) => {
  it('has the nodes that h5py finds, each with a structure or a problem', async () => {
    const nodes = await indexed(file);
    expect([...nodes.keys()].sort()).toEqual(Object.keys(expected[file]!).sort());
    for (const [path, { problem, dtype, shape, chunks }] of Object.entries(expected[file]!)) {
      const node = nodes.get(path)!;
      expect({ path, hasProblem: node.problem !== undefined }).toEqual({ path, hasProblem: problem === true });
      if (dtype === undefined) continue;
      const { grid, dataType, sources } = manifestOf(node);
      expect({ path, dtype: formatDescr(dataType), shape: grid.shape }).toEqual({ path, dtype, shape });
      expect(node.structure).toEqual({ family: 'array', array: expect.objectContaining({ shape, dataType, chunks: grid.chunks }) });
      if (chunks && dataType.kind !== 'V') expect(grid.chunks.slice(0, chunks.length)).toEqual(chunks);
      expect(sources[0]).toMatchObject({ byteLength: expect.any(Number), modifiedAtMs: 5 });
    }
  });

  it('has the attributes that h5py reads as metadata', async () => {
    const nodes = await indexed(file);
    for (const [path, { attributes }] of Object.entries(expected[file]!)) {
      if (attributes) expect({ path, metadata: nodes.get(path)!.metadata }).toEqual({ path, metadata: attributes });
    }
  });

  it('lists parents first, and the data source once', async () => {
    const nodes = [...(await indexed(file)).values()];
    const seen = new Set<string>();
    for (const { path } of nodes) {
      if (path.length > 0) expect(seen.has(path.slice(0, -1).join('/'))).toBe(true);
      seen.add(path.join('/'));
    }
    expect(nodes.filter((node) => node.dataSource)).toEqual([nodes[0]]);
    expect(nodes[0]!.dataSource).toMatchObject({ management: 'external', assets: [{ uri: `mem://host/data/${file}`, isDirectory: false, parameter: 'data_uri' }] });
  });
});

describe('chunks', () => {
  it.each(['earliest.h5', 'latest.h5'])('that were never written have no place (%s)', async (file) => {
    const nodes = await indexed(file);
    const missing = manifestOf(nodes.get('layouts/chunks_missing'));
    expect([...(missing.refs as TableRefs).byteOffsets].map((offset) => offset >= 0)).toEqual([false, false, false, true, false, false, false, false, false]);
    expect([...missing.fillValue!]).toEqual([0x3f, 0xc0, 0, 0]);
    const unwritten = manifestOf(nodes.get('layouts/contiguous_unwritten'));
    expect([...(unwritten.refs as TableRefs).byteOffsets]).toEqual([-1]);
    expect([...unwritten.fillValue!]).toEqual([0xff, 0xf9]);
  });

  it('keep their filter masks, counted by codec', async () => {
    const { refs, codecs } = manifestOf((await indexed('latest.h5')).get('layouts/mask'));
    expect(codecs.map((codec) => codec.name)).toEqual(['bytes', 'shuffle', 'zlib']);
    expect([...(refs as TableRefs).codecMasks!]).toEqual([0, 0b110, 0]);
  });

  it('count from the end of the user block', async () => {
    const { refs } = manifestOf((await indexed('userblock.h5')).get('inside/x'));
    expect(refs).toMatchObject({ form: 'affine', byteLength: 20 });
    const { byteOffset } = refs as { byteOffset: number };
    expect([...fixtures.get('mem://host/data/userblock.h5')!.subarray(byteOffset, byteOffset + 20)]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]);
  });

  it('of small data are in the manifest', async () => {
    const { refs, edge } = manifestOf((await indexed('latest.h5')).get('layouts/compact'));
    expect({ form: refs.form, edge }).toEqual({ form: 'inline', edge: 'clipped' });
  });
});

describe('links', () => {
  it('into another file lead to a manifest of that file', async () => {
    const { refs, sources } = manifestOf((await indexed('latest.h5')).get('links/external'));
    expect(refs).toMatchObject({ uri: 'mem://host/data/userblock.h5' });
    expect(sources.map((source) => source.uri)).toEqual(['mem://host/data/userblock.h5']);
  });

  it('that are broken say so, without a path of the server', async () => {
    const nodes = await indexed('latest.h5');
    expect(nodes.get('links/soft_broken')!.problem).toBe('The link leads to "/nowhere", which is not there.');
    expect(nodes.get('links/external_no_file')!.problem).toBe('The link leads to the file "absent.h5", which is not there.');
    expect(nodes.get('links/inner/up')!.problem).toBe('The link leads back to a group that holds it.');
    expect(nodes.get('links/soft_ring_a')!.problem).toMatch(/too many other links/);
    for (const node of nodes.values()) expect(node.problem ?? '').not.toMatch(/mem:|host/);
  });

  it('out of the served folders are refused', async () => {
    const files = new Map([...fixtures].filter(([uri]) => !uri.endsWith('userblock.h5')));
    const bytes = fixtures.get('mem://host/data/latest.h5')!.slice();
    const at = Buffer.from(bytes).indexOf('/no/such/folder/userblock.h5');
    // The header of the group has a checksum, so a same-length path is put in, and the store refuses all of it instead.
    expect(at).toBeGreaterThan(0);
    const store: ByteStore = { ...storeOf(files), stat: async (uri) => (uri.endsWith('userblock.h5') ? Promise.reject(new TesseraError('permission_denied', 'No.')) : storeOf(files).stat(uri)) };
    const nodes = await Array.fromAsync(hdf5Format.index((await storeOf(fixtures).stat('mem://host/data/latest.h5'))!, store, {}));
    const external = nodes.find((node) => node.path.join('/') === 'links/external')!;
    expect(external.problem).toBe('The link leads to the file "userblock.h5" outside the folders that are served.');
  });
});

describe('dimension scales', () => {
  it('are datasets like others, and name axes', async () => {
    const nodes = await indexed('dimensions.nc');
    expect(nodes.get('flux')!.structure).toHaveProperty('array.dims', ['time', 'x']);
    expect(nodes.get('x')!.structure).toHaveProperty('array.dims', ['x']);
    expect(nodes.get('unnamed')!.structure).not.toHaveProperty('array.dims');
    expect(nodes.get('flux')!.specs).toEqual([]);
    expect(nodes.get('')!.dataSource!.mediaType).toBe('application/x-hdf5');
  });
});

describe('parameters', () => {
  it('"dataset" starts at a group or a dataset', async () => {
    const group = await indexed('latest.h5', fixtures, { dataset: '/links/inner' });
    expect([...group.keys()]).toEqual(['', 'up', ...[...group.keys()].filter((key) => key.startsWith('up/')), 'x']);
    const array = await indexed('latest.h5', fixtures, { dataset: ['shapes', 'one'] });
    expect([...array.values()].map((node) => node.structure.family)).toEqual(['array']);
    await expect(indexed('latest.h5', fixtures, { dataset: 'nowhere' })).rejects.toMatchObject({ code: 'gone' });
    await expect(indexed('latest.h5', fixtures, { columns: 'a' })).rejects.toMatchObject({ code: 'unprocessable' });
  });
});

describe('sniffing', () => {
  const sniff = (name: string, bytes: Uint8Array, headByteLength = 512) => {
    const files = new Map([[`mem://host/${name}`, bytes]]);
    return hdf5Format.sniff({ uri: `mem://host/${name}`, isDirectory: false, byteLength: bytes.byteLength }, bytes.subarray(0, headByteLength), storeOf(files));
  };

  it('takes files by their signature, also behind a user block', async () => {
    expect(await sniff('a.dat', fixtures.get('mem://host/data/latest.h5')!)).toBe(true);
    expect(await sniff('a.h5', fixtures.get('mem://host/data/userblock.h5')!)).toBe(true);
    expect(await sniff('a.dat', fixtures.get('mem://host/data/userblock.h5')!)).toBe(false);
  });

  it('leaves HDF4, netCDF 3 and others', async () => {
    expect(await sniff('a.hdf', new Uint8Array([0x0e, 0x03, 0x13, 0x01, ...new Array<number>(600).fill(0)]))).toBe(false);
    expect(await sniff('a.nc', new TextEncoder().encode('CDF\x01'.padEnd(2000, '\0')))).toBe(false);
    expect(await sniff('a.h5', new Uint8Array())).toBe(false);
  });
});

describe('damaged files', () => {
  /** Nodes, or the one error a format may throw; anything else fails the test. */
  async function outcome(name: string, bytes: Uint8Array): Promise<Map<string, IndexedNode> | TesseraError> {
    try {
      return await indexed(name, new Map([...fixtures, [`mem://host/data/${name}`, bytes]]));
    } catch (error) {
      if (isTesseraError(error, 'gone')) return error;
      throw error;
    }
  }

  it('that are cut off keep what is whole', async () => {
    const bytes = fixtures.get('mem://host/data/earliest.h5')!;
    const whole = await indexed('earliest.h5');
    let readable = 0;
    for (let part = 0; part < 60; part++) {
      const result = await outcome('earliest.h5', bytes.subarray(0, Math.floor((bytes.byteLength * part) / 60)));
      if (isTesseraError(result)) continue;
      for (const [path, node] of result) {
        if (node.problem === undefined && node.manifest) {
          expect(formatDescr(manifestOf(node).dataType)).toEqual(formatDescr(manifestOf(whole.get(path)).dataType));
          readable++;
        }
      }
    }
    expect(readable).toBeGreaterThan(100);
  });

  it.each(['earliest.h5', 'latest.h5', 'userblock.h5'])('with wrong bytes give nodes or one clear error (%s)', async (name) => {
    const bytes = fixtures.get(`mem://host/data/${name}`)!;
    let state = 12345;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let problems = 0;
    for (let round = 0; round < 60; round++) {
      const damaged = bytes.slice();
      for (let count = 1 + random(8); count > 0; count--) damaged[random(bytes.byteLength)] = [0, 0xff, random(256)][random(3)]!;
      const result = await outcome(name, damaged);
      problems += isTesseraError(result) ? 1 : [...result.values()].filter((node) => node.problem !== undefined).length;
    }
    expect(problems).toBeGreaterThan(0);
  });

  it('do not hide the neighbours of one bad dataset', async () => {
    const bytes = fixtures.get('mem://host/data/earliest.h5')!.slice();
    const { byteOffsets } = manifestOf((await indexed('earliest.h5')).get('layouts/two_unlimited')).refs as TableRefs;
    expect(byteOffsets[0]).toBeGreaterThan(0);
    // The first key of the B-tree node that names the first chunk: its address becomes one far beyond the end.
    const address = new Uint8Array(new BigUint64Array([BigInt(byteOffsets[0]!)]).buffer);
    const at = Buffer.from(bytes).indexOf(address);
    bytes.set([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0], at);
    const result = (await outcome('earliest.h5', bytes)) as Map<string, IndexedNode>;
    expect(result.get('layouts/two_unlimited')!.problem).toMatch(/beyond its end/);
    expect(result.get('layouts/contiguous')!.problem).toBeUndefined();
  });

  it('that are no HDF5 files are told apart', async () => {
    expect(await outcome('a.h5', new TextEncoder().encode('not HDF5'.padEnd(5000)))).toMatchObject({ code: 'gone', message: 'This is not an HDF5 file: its signature is missing.' });
    expect(await outcome('a.h5', new Uint8Array())).toMatchObject({ code: 'gone', message: 'The file is empty.' });
    expect(await outcome('a.nc', Buffer.from('CDF\x01'.padEnd(5000)))).toMatchObject({ code: 'gone', message: expect.stringContaining('nccopy') });
    expect(await outcome('a.hdf', Buffer.from('\x0e\x03\x13\x01'.padEnd(5000)))).toMatchObject({ code: 'gone', message: expect.stringContaining('h4toh5') });
  });
});

describe('lookup3', () => {
  it('has the values of its author', () => {
    const text = (value: string) => new TextEncoder().encode(value);
    expect(lookup3(text(''))).toBe(0xdeadbeef);
    expect(lookup3(text('Four score and seven years ago'))).toBe(0x17770551);
    expect(lookup3(text('Four score and seven years ago'), 1)).toBe(0xcd628161);
  });
});
