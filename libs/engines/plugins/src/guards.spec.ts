import { parseScalarType, TesseraError, type ArrayManifest, type ByteStore, type Codec, type CodecContext, type Format, type IndexedNode, type ResolvedCodec } from '@tessera/domain';
import { FaultReporter } from './fault.ts';
import { guardCodec } from './guard-codec.ts';
import { guardExporter } from './guard-exporter.ts';
import { guardFormat } from './guard-format.ts';

let told: [activity: string, message: string][];
let reporter: FaultReporter;
beforeEach(() => {
  told = [];
  reporter = new FaultReporter('@acme/raw', (_plugin, activity, error) => told.push([activity, (error as Error).message]));
});

const store = {} as ByteStore;
const entry = { uri: 'memory:/a.raw', isDirectory: false };
const dataType = parseScalarType('<i2');
const manifest: ArrayManifest = {
  kind: 'array', dataType, grid: { shape: [4], chunks: [2] }, edge: 'clipped', codecs: [{ name: 'bytes' }],
  refs: { form: 'affine', uri: entry.uri, byteOffset: 0, byteStride: 4, byteLength: 8 }, sources: [{ uri: entry.uri }],
};
const node: IndexedNode = { path: [], metadata: {}, specs: [], structure: { family: 'array', array: { dataType, ...manifest.grid } }, manifest };

const formatOf = (index: () => AsyncIterable<IndexedNode>): Format => ({ name: 'raw', mediaTypes: ['application/x-raw'], sniff: () => true, index });
const indexed = (nodes: readonly unknown[]) => Array.fromAsync(guardFormat(formatOf(async function* () { yield* nodes as IndexedNode[]; }), reporter).index(entry, store, {}));

describe('a format of a plug-in', () => {
  it('hands on what is right', async () => {
    expect(await indexed([node])).toEqual([node]);
    expect(told).toEqual([]);
  });

  it('fails for one file only, with words for its user and the reason for the log', async () => {
    const broken = guardFormat(formatOf(async function* () { yield node; throw new TypeError('x of undefined in /secret/place'); }), reporter);
    await expect(Array.fromAsync(broken.index(entry, store, {}))).rejects.toMatchObject({ code: 'gone', message: expect.not.stringContaining('secret') });
    expect(told).toEqual([['raw: index memory:/a.raw', 'x of undefined in /secret/place']]);
    const unsure = guardFormat({ ...formatOf(() => { throw new Error(); }), sniff: () => { throw new Error('no'); } }, reporter);
    expect(await unsure.sniff(entry, new Uint8Array(), store)).toBe(false);
    await expect(Array.fromAsync(unsure.index(entry, store, {}))).rejects.toMatchObject({ code: 'gone' });
  });

  it('stops when its caller goes away, which is no fault', async () => {
    const call = { signal: AbortSignal.abort() };
    const stopping = guardFormat({ ...formatOf(() => { throw new Error(); }), async *index(_entry, _store, _parameters, given) { given?.signal?.throwIfAborted(); } }, reporter);
    await expect(Array.fromAsync(stopping.index(entry, store, {}, call))).rejects.toMatchObject({ code: 'cancelled' });
    expect(told).toEqual([]);
  });

  it('has errors of its own for its user', async () => {
    // As thrown by another copy of the class.
    const own = Object.assign(new Error('The frame is cut short.'), { isTesseraError: true, code: 'gone', details: {} });
    await expect(Array.fromAsync(guardFormat(formatOf(() => { throw own; }), reporter).index(entry, store, {}))).rejects.toBe(own);
    const later = Object.assign(new Error('?'), { isTesseraError: true, code: 'of_a_later_version' });
    await expect(Array.fromAsync(guardFormat(formatOf(() => { throw later; }), reporter).index(entry, store, {}))).rejects.toMatchObject({ code: 'gone', cause: later });
  });

  it.each<[string, unknown, RegExp]>([
    ['no node', 'node', /path of a node/],
    ['a first node that is not the file', { ...node, path: ['a'] }, /first node/],
    ['a key with a slash', { ...node, path: ['a/b'] }, /path of a node/],
    ['an unknown family', { ...node, structure: { family: 'image' } }, /has a family/],
    ['no metadata', { ...node, metadata: undefined }, /metadata are an object/],
    ['no specs', { ...node, specs: undefined }, /specs are a list/],
    ['an array without manifest', { ...node, manifest: undefined }, /has a manifest/],
    ['chunks that do not sum up', { ...node, structure: { family: 'array', array: { dataType, shape: [4], chunks: [[1, 2]] } } }, /do not make up/],
    ['two shapes', { ...node, manifest: { ...manifest, grid: { shape: [5], chunks: [2] } } }, /same type and shape/],
    ['a type that NumPy has not', { ...node, structure: { family: 'array', array: { ...manifest.grid, dataType: { kind: 'i', itemsize: 3, endianness: 'little' } } } }, /not a NumPy data type/],
    ['too short a table', { ...node, manifest: { ...manifest, refs: { form: 'table', uris: ['a'], byteOffsets: new Float64Array(1), byteLengths: new Float64Array(1) } } }, /each of the 2 chunks/],
    ['a place before the file', { ...node, manifest: { ...manifest, refs: { form: 'table', uris: ['a'], byteOffsets: Float64Array.of(0, -2), byteLengths: Float64Array.of(4, 4) } } }, /or the offset -1/],
    ['half a byte', { ...node, manifest: { ...manifest, refs: { ...manifest.refs, byteOffset: 0.5 } } }, /whole numbers of bytes/],
    ['no sources', { ...node, manifest: { ...manifest, sources: undefined } }, /sources of a manifest/],
    ['refs of no form', { ...node, manifest: { ...manifest, refs: {} } }, /have a form/],
    ['a wrong fill value', { ...node, manifest: { ...manifest, fillValue: new Uint8Array(3) } }, /bytes of one element/],
    ['one name for two axes', { ...node, structure: { family: 'array', array: { dataType, ...manifest.grid, dims: ['y', 'x'] } } }, /one name an axis/],
  ])('may not describe %s', async (_what, wrong, rule) => {
    await expect(indexed([wrong])).rejects.toMatchObject({ code: 'gone' });
    expect(told).toEqual([['raw: index memory:/a.raw', expect.stringMatching(rule)]]);
  });

  it('is told of twenty times, not for each file of a folder', async () => {
    for (let file = 0; file < 50; file++) await indexed([{ ...node, specs: undefined }]).catch(() => {});
    expect(told).toHaveLength(20);
  });
});

describe('a codec of a plug-in', () => {
  const context: CodecContext = { shape: [4], dataType, maxByteLength: 8 };
  const resolve = (resolved: Partial<ResolvedCodec>, kind: Codec['kind'] = 'bytes-to-bytes') =>
    guardCodec({ name: 'raw', kind, resolve: () => ({ decode: (bytes) => bytes, maxEncodedByteLength: 9, ...resolved }) }, reporter).resolve({}, context);

  it('hands on at most what a chunk can have', async () => {
    expect(resolve({}).decode(new Uint8Array(8))).toEqual(new Uint8Array(8));
    expect(resolve({}).encode).toBeUndefined();
    expect(await resolve({ encode: async (bytes) => bytes }).encode!(new Uint8Array(9))).toHaveLength(9);
    expect(() => resolve({}).decode(new Uint8Array(9))).toThrow(expect.objectContaining({ code: 'gone' }));
    await expect(resolve({ decode: async () => 'text' as never }).decode(new Uint8Array())).rejects.toMatchObject({ code: 'gone' });
    expect(told.map(([activity]) => activity)).toEqual(['raw: decode', 'raw: decode']);
  });

  it('fails for the chunk that it fails on', () => {
    expect(() => resolve({ decode: () => { throw new RangeError('no'); } }).decode(new Uint8Array())).toThrow(expect.objectContaining({ code: 'gone' }));
    expect(() => resolve({ maxEncodedByteLength: Number.NaN })).toThrow(expect.objectContaining({ code: 'gone' }));
    const own = new TesseraError('invalid_argument', 'There is no such level.');
    const refusing = guardCodec({ name: 'raw', kind: 'bytes-to-bytes', resolve: () => { throw own; } }, reporter);
    expect(() => refusing.resolve({}, context)).toThrow(own);
  });
});

describe('an exporter of a plug-in', () => {
  const source = { dataType, shape: [0], bytes: (async function* (): AsyncGenerator<Uint8Array> {})() };
  const exported = (pieces: () => AsyncIterable<unknown>) => guardExporter({ export: pieces as never }, 'application/x-raw', reporter).export(source, { mediaType: 'application/x-raw' });

  it('writes bytes', async () => {
    expect(await Array.fromAsync(exported(async function* () { yield Uint8Array.of(1); }))).toEqual([Uint8Array.of(1)]);
    await expect(Array.fromAsync(exported(async function* () { yield 'text'; }))).rejects.toMatchObject({ code: 'internal' });
    expect(told).toEqual([['export application/x-raw', 'an exporter hands on Uint8Arrays']]);
  });

  it('refuses before anything is read', () => {
    const refusal = new TesseraError('not_acceptable', 'Only pictures.');
    expect(() => exported(() => { throw refusal; })).toThrow(refusal);
    expect(() => exported(() => { throw new Error('slip'); })).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});
