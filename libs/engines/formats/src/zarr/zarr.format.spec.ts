import fc from 'fast-check';
import { parseDescr, type ArrayManifest, type ByteStore, type Entry, type IndexedNode, type NumpyDescr } from '@tessera/domain';
import { float16Bits, parseFillValue } from './fill-value.ts';
import { zarrFormat } from './zarr.format.ts';

type Documents = Record<string, unknown>;

/** A store of documents: objects are written as JSON, texts as they are; a value of undefined is a link out. */
function documentStore(documents: Documents): ByteStore {
  const files = new Map(Object.entries(documents).map(([name, value]) => [`memory:/${name}`, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))]));
  const stat = async (uri: string): Promise<Entry | undefined> => {
    const bytes = files.get(uri);
    if (bytes) return { uri, isDirectory: false, byteLength: bytes.byteLength, modifiedAtMs: 1 };
    return [...files.keys()].some((key) => key.startsWith(`${uri}/`)) ? { uri, isDirectory: true } : undefined;
  };
  return {
    stat,
    read: async (uri) => files.get(uri),
    list: async function* (uri) {
      const names = new Set([...files.keys()].filter((key) => key.startsWith(`${uri}/`)).map((key) => key.slice(uri.length + 1).split('/')[0]!));
      for (const name of [...names].sort()) yield (await stat(`${uri}/${name}`))!;
    },
  };
}

async function index(documents: Documents): Promise<IndexedNode[]> {
  const nodes: IndexedNode[] = [];
  for await (const node of zarrFormat.index({ uri: 'memory:/s', isDirectory: true }, documentStore(documents), {})) nodes.push(node);
  return nodes;
}

const v2 = (changes: Record<string, unknown> = {}) => ({ zarr_format: 2, shape: [4, 6], chunks: [2, 3], dtype: '<f4', compressor: null, fill_value: 0, filters: null, order: 'C', ...changes });
const v3 = (changes: Record<string, unknown> = {}) => ({
  zarr_format: 3, node_type: 'array', shape: [4, 6], data_type: 'float32', chunk_grid: { name: 'regular', configuration: { chunk_shape: [2, 3] } },
  chunk_key_encoding: { name: 'default' }, fill_value: 0, codecs: [{ name: 'bytes', configuration: { endian: 'little' } }], ...changes,
});

/** Every value in a document, by what holds it. */
function placesIn(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [[holder, key], ...placesIn(holder[key])] as [Record<string, unknown>, string][]);
}

const manifestOf = async (documents: Documents) => (await index(documents))[0]!.manifest as ArrayManifest;

describe('the zarr format', () => {
  it('knows its folders', async () => {
    const store = documentStore({ 'a/.zarray': {}, 'b/.zgroup': {}, 'c/zarr.json': {}, 'd/x': {}, 'e/zarr.json/x': {} });
    const takes = (name: string) => zarrFormat.sniff({ uri: `memory:/${name}`, isDirectory: true }, new Uint8Array(), store);
    expect(await Promise.all(['a', 'b', 'c', 'd', 'e'].map(takes))).toEqual([true, true, true, false, false]);
  });

  it('reads every kind of chunk key', async () => {
    const refs = async (document: Documents) => (await manifestOf(document)).refs;
    const base = { form: 'template', prefix: 'memory:/s' };
    expect(await refs({ 's/.zarray': v2() })).toEqual({ ...base, keyPrefix: '', separator: '.', scalarKey: '0' });
    expect(await refs({ 's/.zarray': v2({ dimension_separator: '/' }) })).toEqual({ ...base, keyPrefix: '', separator: '/', scalarKey: '0' });
    expect(await refs({ 's/zarr.json': v3() })).toEqual({ ...base, keyPrefix: 'c/', separator: '/', scalarKey: 'c' });
    expect(await refs({ 's/zarr.json': v3({ chunk_key_encoding: { name: 'default', configuration: { separator: '.' } } }) })).toEqual({ ...base, keyPrefix: 'c.', separator: '.', scalarKey: 'c' });
    expect(await refs({ 's/zarr.json': v3({ chunk_key_encoding: { name: 'v2' } }) })).toEqual({ ...base, keyPrefix: '', separator: '.', scalarKey: '0' });
  });

  it('says that chunks may change', async () => {
    for (const document of [{ 's/.zarray': v2() }, { 's/zarr.json': v3() }]) expect((await manifestOf(document)).volatile).toBe(true);
  });

  it('names codecs alike in both versions', async () => {
    const compressor = { id: 'blosc', cname: 'lz4', clevel: 5, shuffle: 1, blocksize: 0 };
    const old = await manifestOf({ 's/.zarray': v2({ order: 'F', compressor, filters: [{ id: 'delta', dtype: '<f4', astype: '<f4' }, { id: 'shuffle', elementsize: 4 }] }) });
    expect(old.codecs).toEqual([
      { name: 'transpose', configuration: { order: [1, 0] } }, { name: 'delta', configuration: { dtype: '<f4', astype: '<f4' } }, { name: 'bytes' },
      { name: 'shuffle', configuration: { elementsize: 4 } }, { name: 'blosc', configuration: { cname: 'lz4', clevel: 5, shuffle: 'shuffle', blocksize: 0 } },
    ]);
    const recent = await manifestOf({ 's/zarr.json': v3({ codecs: ['bytes', { name: 'numcodecs.zlib', configuration: { level: 3 } }] }) });
    expect(recent.codecs).toEqual([{ name: 'bytes' }, { name: 'zlib', configuration: { level: 3 } }]);
  });

  it('takes attributes with NaN, which JSON does not have, and leaves text alone', async () => {
    const [node] = await index({ 's/.zgroup': { zarr_format: 2 }, 's/.zattrs': '{"a": NaN, "b": [1, -Infinity], "c": "say \\"NaN\\"", "d": 12345678901234567890}' });
    expect(node!.metadata).toEqual({ a: null, b: [1, null], c: 'say "NaN"', d: 12345678901234567000 });
    const manifest = await manifestOf({ 's/.zarray': JSON.stringify(v2()).replace('"fill_value":0', '"fill_value": NaN') });
    expect(Number.isNaN(Buffer.from(manifest.fillValue!).readFloatLE(0))).toBe(true);
  });

  it('takes the fill value of what xarray wrote in v2 for its mark of missing values', async () => {
    const markOf = async (fillValue: string, attributes: object) => {
      const text = JSON.stringify(v2({ dtype: '<i8' })).replace('"fill_value":0', `"fill_value":${fillValue}`);
      const [node] = await index({ 's/.zarray': text, 's/.zattrs': attributes });
      return node!.metadata['_FillValue'];
    };
    const named = { _ARRAY_DIMENSIONS: ['y', 'x'] };
    expect(await markOf('-7', named)).toBe(-7);
    expect(await markOf('9223372036854775807', named)).toBe('9223372036854775807');
    expect(await markOf('-7', { ...named, _FillValue: 3 })).toBe(3);
    expect(await markOf('null', named)).toBeUndefined();
    expect(await markOf('-7', {})).toBeUndefined();
  });

  it.each<[string, Documents]>([
    ['no JSON', { '.zarray': '{' }],
    ['a list', { '.zarray': '[]' }],
    ['another version', { '.zarray': v2({ zarr_format: 1 }) }],
    ['a negative length', { '.zarray': v2({ shape: [-1, 2] }) }],
    ['a shape beyond counting', { '.zarray': v2({ shape: [0, 2 ** 52], chunks: [1, 1], dtype: '<f8' }) }],
    ['chunks of another rank', { '.zarray': v2({ chunks: [2] }) }],
    ['chunks of no length', { '.zarray': v2({ chunks: [0, 3] }) }],
    ['a shape that is none', { '.zarray': v2({ shape: 'x' }) }],
    ['pickled objects', { '.zarray': v2({ dtype: '|O', filters: [{ id: 'pickle' }] }) }],
    ['an unknown type', { '.zarray': v2({ dtype: '<q9' }) }],
    ['a fill value of another type', { '.zarray': v2({ fill_value: 'x' }) }],
    ['an order that is none', { '.zarray': v2({ order: 'Z' }) }],
    ['filters out of order', { '.zarray': v2({ filters: [{ id: 'shuffle' }, { id: 'delta', dtype: '<f4' }] }) }],
    ['a codec without a name', { 'zarr.json': v3({ codecs: [{}] }) }],
    ['a codec that names binary parts', { 'zarr.json': v3({ codecs: [{ name: 'bytes', configuration: { x: { $bin: 'f8', at: 0, n: 9e9 } } }] }) }],
    ['a codec of another format that reads what it names', { 'zarr.json': v3({ codecs: [{ name: 'numcodecs.hdf5_vlen', configuration: { uri: 'file:///secret' } }] }) }],
    ['the same in a filter', { '.zarray': v2({ filters: [{ id: 'hdf5_vlen' }] }) }],
    ['packbits as v3 has it', { 'zarr.json': v3({ codecs: [{ name: 'packbits' }] }) }],
    ['an unknown grid', { 'zarr.json': v3({ chunk_grid: { name: 'spiral' } }) }],
    ['unknown keys', { 'zarr.json': v3({ chunk_key_encoding: { name: 'x' } }) }],
    ['a type that numpy lacks', { 'zarr.json': v3({ data_type: 'int4' }) }],
    ['odd raw bits', { 'zarr.json': v3({ data_type: 'r7' }) }],
    ['storage transformers', { 'zarr.json': v3({ storage_transformers: [{}] }) }],
    ['a node type that is none', { 'zarr.json': v3({ node_type: 'tree' }) }],
  ])('shows an array with %s as a problem beside its neighbours', async (_what, documents) => {
    const bad = Object.fromEntries(Object.entries(documents).map(([name, value]) => [`s/bad/${name}`, value]));
    const nodes = await index({ 's/.zgroup': { zarr_format: 2 }, 's/good/.zarray': v2(), ...bad });
    expect(nodes.map((node) => [node.path.join('/'), node.problem === undefined])).toEqual([['', true], ['bad', false], ['good', true]]);
    const alone = index(Object.fromEntries(Object.entries(documents).map(([name, value]) => [`s/${name}`, value])));
    await expect(alone).rejects.toMatchObject({ code: 'gone' });
  });

  it('gives a node or a problem whatever stands in a document', async () => {
    const shard = { name: 'sharding_indexed', configuration: { chunk_shape: [1, 3], codecs: ['bytes', 'zstd'], index_codecs: ['bytes', 'crc32c'] } };
    const documents = [
      v2({ filters: [{ id: 'delta', dtype: '<f4' }], compressor: { id: 'blosc', shuffle: 1 }, order: 'F', dtype: [['a', '<i4'], ['b', '<f8', [2]]] }), v2({ dtype: '|O', filters: [{ id: 'vlen-utf8' }], fill_value: '' }),
      v3({ codecs: [shard], dimension_names: ['y', 'x'], attributes: { a: [1, { b: null }] } }), v3({ data_type: { name: 'structured', configuration: { fields: [['a', 'int8'], ['b', { name: 'fixed_length_utf32', configuration: { length_bytes: 8 } }]] } } }),
      v3({ data_type: 'string', codecs: ['vlen-utf8'], fill_value: '' }), v3({ chunk_key_encoding: { name: 'zarrs.default_suffix', configuration: { suffix: '.x' } } }),
    ] as const;
    const odd = fc.oneof(fc.constantFrom(null, true, -1, 0, 2 ** 31, 2 ** 53, 1e300, 0.5, '', '<i4', '|O', 'bytes', [], {}, [[]], ['a', 'b'], [2 ** 52, 2 ** 52]), fc.jsonValue({ maxDepth: 2 }));
    await fc.assert(fc.asyncProperty(fc.nat(documents.length - 1), fc.array(fc.tuple(fc.nat(), odd), { minLength: 1, maxLength: 3 }), async (which, changes) => {
      const document = structuredClone(documents[which]!) as unknown as Record<string, unknown>;
      for (const [at, value] of changes) {
        const places = placesIn(document);
        const [holder, key] = places[at % places.length]!;
        holder[key] = structuredClone(value);
      }
      const nodes = await index({ 's/.zgroup': { zarr_format: 2 }, 's/good/.zarray': v2(), [`s/odd/${which < 2 ? '.zarray' : 'zarr.json'}`]: document });
      expect(nodes.find((node) => node.path[0] === 'good')?.manifest).toBeDefined();
      const found = nodes.find((node) => node.path[0] === 'odd');
      expect(found === undefined || found.problem !== undefined || found.manifest !== undefined || found.structure.family === 'container').toBe(true);
    }), { numRuns: 1000 });
  });

  it('gives a fingerprint that changes with any document below, not with chunks', async () => {
    const documents = { 's/zarr.json': { zarr_format: 3, node_type: 'group' }, 's/a/zarr.json': v3(), 's/a/c/0/0': 'data' };
    const fingerprint = async (changed: Documents) => (await zarrFormat.fingerprint!({ uri: 'memory:/s', isDirectory: true }, documentStore(changed))).etag;
    const before = await fingerprint(documents);
    expect((await index(documents))[0]!.dataSource!.assets[0]!.etag).toBe(before);
    expect(await fingerprint({ ...documents, 's/a/c/0/1': 'more data' })).toBe(before);
    expect(await fingerprint({ ...documents, 's/a/zarr.json': v3({ attributes: { x: 1 } }) })).not.toBe(before);
    expect(await fingerprint({ ...documents, 's/b/zarr.json': v3() })).not.toBe(before);
  });
});

describe('fill values', () => {
  const hex = (found: unknown, descr: NumpyDescr) => Buffer.from(parseFillValue(found, parseDescr(descr)) ?? []).toString('hex');

  it.each<[unknown, NumpyDescr, string]>([
    [null, '<f8', ''], [0, '<i4', ''], [false, '|b1', ''], [true, '|b1', '01'], [-1, '>i2', 'ffff'], [258, '>u2', '0102'],
    [18446744073709551615n, '<u8', 'ffffffffffffffff'], ['NaN', '<f4', '0000c07f'], ['-Infinity', '>f8', 'fff0000000000000'],
    ['0x7fc00001', '<f4', '0100c07f'], ['0x7fc00001', '>f4', '7fc00001'], [1.5, '<f2', '003e'], [[1, 'NaN'], '<c8', '0000803f0000c07f'],
    ['NaT', '<M8[s]', '0000000000000080'], [5, '<m8[s]', '0500000000000000'], ['ab', '<U3', '610000006200000000000000'], ['YWI=', '|S3', '616200'],
    [[1, 2, 255], '|V3', '0102ff'], ['AQID', [['a', '|u1'], ['b', '<u2']], '010203'], [{ a: 1, b: 515 }, [['a', '|u1'], ['b', '<u2']], '010302'], [0, [['a', '|u1']], ''],
  ])('%p as %p', (found, descr, expected) => expect(hex(found, descr)).toBe(expected));

  it.each<[unknown, NumpyDescr]>([['x', '<f8'], [300, '|u1'], [-1, '<u8'], [1.5, '<i4'], ['abcd', '<U3'], ['YWJjZA==', '|S3'], [{}, '<i4'], [[1, 2], '<f8'], ['0x7fc0', '<f4']])('refuses %p as %p', (found, descr) => {
    expect(() => parseFillValue(found, parseDescr(descr))).toThrow(expect.objectContaining({ code: 'gone' }));
  });

  it('rounds to half precision as the bits demand', () => {
    const cases: [number, number][] = [[0, 0], [-0, 0x8000], [1, 0x3c00], [65504, 0x7bff], [65519, 0x7bff], [65520, 0x7c00], [2 ** -24, 1], [2 ** -25, 0], [1.5 * 2 ** -24, 2], [2 ** -14, 0x400], [1 + 2 ** -11, 0x3c00], [1 + 3 * 2 ** -11, 0x3c02], [-2, 0xc000], [Infinity, 0x7c00], [NaN, 0x7e00]];
    for (const [value, bits] of cases) expect([value, float16Bits(value)]).toEqual([value, bits]);
  });
});
