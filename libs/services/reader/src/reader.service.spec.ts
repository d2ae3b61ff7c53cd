import { createPipeline } from '@tessera/codecs';
import fc from 'fast-check';
import {
  gridShape, parseScalarType, regularChunkShape, resolveSelection, structType,
  type AxisChunks, type ChunkGrid, type CodecSpec, type DataType, type Selection, type SelectionItem,
} from '@tessera/domain';
import { CountingStore, collect, elements, exampleBytes, indexOf, manifestStore, offsetOf, storeExample, ticketFor, type Example, type ExampleOptions } from '../test/stored-example.ts';
import { ReaderService, type ReaderOptions } from './index.ts';

const octets = 'application/octet-stream';
const bytesOnly: readonly CodecSpec[] = [{ name: 'bytes' }];
const compressed: readonly CodecSpec[] = [{ name: 'bytes' }, { name: 'shuffle', configuration: { elementsize: 4 } }, { name: 'zlib', configuration: { level: 1 } }];
const byte = parseScalarType('|u1');

function readerOf(example: Example, options: ReaderOptions = {}): ReaderService {
  return new ReaderService(example.store, manifestStore({ it: example.manifest }), options);
}

const dataTypes: readonly DataType[] = [
  byte, parseScalarType('<i2'), parseScalarType('>f4'), parseScalarType('<f8'), parseScalarType('<c16'), parseScalarType('|S3'), parseScalarType('<U3'),
  structType([{ name: 'a', dataType: parseScalarType('<i4') }, { name: 'b', dataType: parseScalarType('<c16') }]),
];

/** An axis of up to 9 elements, in regular chunks or any. */
const axis = fc.integer({ min: 0, max: 9 }).chain((length): fc.Arbitrary<{ length: number; chunks: AxisChunks }> => fc.oneof(
  fc.integer({ min: 1, max: 10 }).map((chunks) => ({ length, chunks })),
  fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 9 }).map((parts) => {
    const lengths: number[] = [];
    let left = length;
    for (const part of parts) if (left > 0) left -= (lengths[lengths.push(Math.min(part, left)) - 1] ?? 0);
    if (left > 0 || lengths.length === 0) lengths.push(left);
    return { length, chunks: lengths };
  }),
));

const grid = fc.array(axis, { maxLength: 4 }).map((axes): ChunkGrid => ({ shape: axes.map((one) => one.length), chunks: axes.map((one) => one.chunks) }));

const example = fc.record({
  grid,
  dataType: fc.constantFrom(...dataTypes),
  form: fc.constantFrom('template' as const, 'affine' as const, 'table' as const),
  edge: fc.constantFrom('padded' as const, 'clipped' as const),
  codecs: fc.constantFrom(bytesOnly, compressed),
  missing: fc.array(fc.nat(20), { maxLength: 5 }),
  masks: fc.array(fc.constantFrom(0, 2, 4, 6), { maxLength: 10 }),
  fillByte: fc.option(fc.nat(255), { nil: undefined }),
}).map(({ missing, masks, fillByte, ...rest }): ExampleOptions => {
  const form = fits(rest) ? rest.form : 'table';
  return {
    ...rest,
    form,
    missing: new Set(form === 'affine' ? [] : missing),
    ...(form === 'table' && rest.codecs === compressed ? { masks } : {}),
    ...(fillByte === undefined ? {} : { fillValue: new Uint8Array(rest.dataType.itemsize).fill(fillByte) }),
  };
});

/** Affine places are for chunks that are equal runs: without codecs, alike but for the last. */
function fits({ form, grid: { shape }, grid: one, codecs, edge }: Pick<ExampleOptions, 'form' | 'grid' | 'codecs' | 'edge'>): boolean {
  if (form !== 'affine') return true;
  const chunkShape = regularChunkShape(one);
  if (codecs !== bytesOnly || !chunkShape) return false;
  const cut = chunkShape.findIndex((length, index) => length < shape[index]!);
  return edge === 'padded' ? true : cut <= 0 && chunkShape.every((length, index) => index === 0 || length === shape[index]);
}

const bound = fc.option(fc.integer({ min: -11, max: 11 }), { nil: undefined });
const slice = fc.record({ start: bound, stop: bound, step: fc.option(fc.constantFrom(1, 2, 3, -1, -2, 7, -7), { nil: undefined }) })
  .map(({ start, stop, step }): SelectionItem => ({ kind: 'slice', ...(start === undefined ? {} : { start }), ...(stop === undefined ? {} : { stop }), ...(step === undefined ? {} : { step }) }));

function selectionOf(shape: readonly number[]): fc.Arbitrary<Selection> {
  const items = shape.map((length) => (length === 0 ? slice : fc.oneof({ weight: 3, arbitrary: slice }, fc.integer({ min: -length, max: length - 1 }).map((index): SelectionItem => ({ kind: 'index', index })))));
  return fc.tuple(fc.tuple(...items), fc.nat(shape.length)).map(([all, count]) => all.slice(0, count));
}

/** Element by element. */
function naive(bytes: Uint8Array, shape: readonly number[], selection: Selection, itemsize: number): Buffer {
  const ranges = resolveSelection(selection, shape);
  const pieces = [...elements(ranges.map((range) => range.count))].map((index) => {
    const at = offsetOf(index.map((position, one) => ranges[one]!.start + position * ranges[one]!.step), shape) * itemsize;
    return bytes.subarray(at, at + itemsize);
  });
  return Buffer.concat(pieces);
}

describe('readArray', () => {
  it('selects what NumPy selects, of every grid, form, type, in bands of any size', async () => {
    const tiny = fc.record({
      bandByteLength: fc.integer({ min: 1, max: 200 }), maxBandByteLength: fc.integer({ min: 1, max: 600 }),
      decodedCacheByteLength: fc.constantFrom(0, 100, 100_000), chunkConcurrency: fc.integer({ min: 1, max: 4 }),
    });
    const cases = example.chain((options) => fc.tuple(fc.constant(options), selectionOf(options.grid.shape), tiny));
    await fc.assert(fc.asyncProperty(cases, async ([options, selection, limits]) => {
      const stored = await storeExample(options);
      const read = await collect(readerOf(stored, limits).readArray(ticketFor('it'), { selection, mediaType: octets }));
      expect(read.equals(naive(stored.bytes, options.grid.shape, selection, options.dataType.itemsize))).toBe(true);
    }), { numRuns: 600 });
  });

  it('selects within a block', async () => {
    const cases = example.filter(({ grid: { shape } }) => !shape.includes(0)).chain((options) => {
      const counts = gridShape(options.grid);
      const block = indexOf(0, counts).map((_, one) => fc.nat(counts[one]! - 1));
      return fc.tuple(fc.constant(options), fc.tuple(...block));
    });
    await fc.assert(fc.asyncProperty(cases, fc.nat(), async ([options, block], seed) => {
      const stored = await storeExample(options);
      const { shape, chunks } = options.grid;
      const extents = block.map((index, one) => {
        const lengths = typeof chunks[one] === 'number' ? undefined : (chunks[one] as readonly number[]);
        const start = lengths ? lengths.slice(0, index).reduce((sum, length) => sum + length, 0) : index * (chunks[one] as number);
        return { start, stop: lengths ? start + lengths[index]! : Math.min(start + (chunks[one] as number), shape[one]!) };
      });
      const whole: Selection = extents.map(({ start, stop }) => ({ kind: 'slice', start, stop }));
      const reader = readerOf(stored, { bandByteLength: 64 });
      const blockBytes = naive(stored.bytes, shape, whole, options.dataType.itemsize);
      expect((await collect(reader.readArray(ticketFor('it'), { selection: [], block, mediaType: octets }))).equals(blockBytes)).toBe(true);
      const blockShape = extents.map(({ start, stop }) => stop - start);
      const [within] = fc.sample(selectionOf(blockShape), { numRuns: 1, seed });
      const part = await collect(reader.readArray(ticketFor('it'), { selection: within!, block, mediaType: octets }));
      expect(part.equals(naive(blockBytes, blockShape, within!, options.dataType.itemsize))).toBe(true);
    }), { numRuns: 200 });
  });

  it('reads nothing else of a chunk without codecs than the elements between the first and the last wanted', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [1000, 1000], chunks: [1000, 1000] }, form: 'affine', edge: 'clipped', codecs: bytesOnly });
    await collect(readerOf(stored).readArray(ticketFor('it'), { selection: [{ kind: 'slice', start: 10, stop: 12 }, { kind: 'slice', start: 100, stop: 110 }], mediaType: octets }));
    expect([stored.store.readCount, stored.store.readByteLength]).toEqual([1, 1010]);
  });

  it('reads rows one by one where far more lies between them', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [4, 200_000], chunks: [4, 200_000] }, form: 'affine', edge: 'clipped', codecs: bytesOnly });
    const selection: Selection = [{ kind: 'slice', step: -1 }, { kind: 'slice', start: 5, stop: 15 }];
    const read = await collect(readerOf(stored).readArray(ticketFor('it'), { selection, mediaType: octets }));
    expect(read.equals(naive(stored.bytes, [4, 200_000], selection, 1))).toBe(true);
    expect([stored.store.readCount, stored.store.readByteLength]).toEqual([4, 40]);
  });

  it('decodes a chunk once, though several bands need it', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [64, 64], chunks: [32, 16] }, form: 'table', edge: 'padded', codecs: compressed });
    await collect(readerOf(stored, { bandByteLength: 100, maxBandByteLength: 100 }).readArray(ticketFor('it'), { selection: [], mediaType: octets }));
    expect(stored.store.readCount).toBe(8);
  });

  it('keeps a decoded chunk until its object is written anew', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [8], chunks: [8] }, form: 'template', edge: 'padded', codecs: compressed });
    const [uri] = stored.store.objects.keys();
    const write = async (value: number, modifiedAtMs: number) => {
      const pipeline = await createPipeline(compressed, { shape: [8], dataType: byte });
      stored.store.objects.set(uri!, await pipeline.encode(new Uint8Array(8).fill(value)));
      stored.store.modifiedAtMs.set(uri!, modifiedAtMs);
    };
    const reader = readerOf({ ...stored, manifest: { ...stored.manifest, volatile: true } });
    const first = async () => (await collect(reader.readArray(ticketFor('it'), { selection: [{ kind: 'index', index: 0 }], mediaType: octets })))[0];
    await write(5, 1000);
    expect([await first(), await first(), stored.store.readCount]).toEqual([5, 5, 1]);
    await write(6, 2000);
    expect([await first(), await first(), stored.store.readCount]).toEqual([6, 6, 2]);
    stored.store.objects.delete(uri!);
    expect(await first()).toBe(0);
  });

  it('never mixes two states of a chunk that is written anew between the runs of one read', async () => {
    // Two runs: what lies between them is longer than is worth reading.
    const stored = await storeExample({ dataType: byte, grid: { shape: [2, 200_000], chunks: [2, 200_000] }, form: 'template', edge: 'padded', codecs: bytesOnly });
    const [uri] = stored.store.objects.keys();
    let state = 0;
    const write = () => {
      stored.store.objects.set(uri!, new Uint8Array(400_000).fill(++state));
      stored.store.modifiedAtMs.set(uri!, state);
    };
    write();
    const reader = readerOf({ ...stored, manifest: { ...stored.manifest, volatile: true } });
    const selection: Selection = [{ kind: 'slice' }, { kind: 'slice', stop: 2 }];
    const read = () => collect(reader.readArray(ticketFor('it'), { selection, mediaType: octets }));
    let writesLeft = 0;
    stored.store.delay = async () => {
      if (writesLeft-- > 0) write();
    };
    for (const writes of [0, 1, 2, 3, 4]) {
      writesLeft = writes;
      expect(new Set(await read()).size).toBe(1);
    }
    writesLeft = Infinity;
    await expect(read()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('decodes no more at once than all readers may together', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [64], chunks: [8] }, form: 'table', edge: 'padded', codecs: compressed });
    stored.store.delay = () => new Promise((resolve) => setImmediate(resolve));
    for (const [decodingByteLength, most] of [[16, 2], [1, 1], [1000, 8]] as const) {
      const reader = readerOf(stored, { decodingByteLength, decodedCacheByteLength: 0 });
      stored.store.mostConcurrent = 0;
      const selection = (chunk: number): Selection => [{ kind: 'slice', start: chunk * 8, stop: chunk * 8 + 2 }];
      const reads = Array.from({ length: 8 }, (_, chunk) => collect(reader.readArray(ticketFor('it'), { selection: selection(chunk), mediaType: octets })));
      expect(Buffer.concat(await Promise.all(reads)).equals(naive(stored.bytes, [8, 8], [{ kind: 'slice' }, { kind: 'slice', stop: 2 }], 1))).toBe(true);
      expect(stored.store.mostConcurrent).toBe(most);
    }
  });

  it('does not hold a chunk in memory for a small part of it', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [100_000], chunks: [100_000] }, form: 'table', edge: 'padded', codecs: compressed });
    for await (const piece of readerOf(stored, { decodedCacheByteLength: 0 }).readArray(ticketFor('it'), { selection: [{ kind: 'slice', stop: 10 }], mediaType: octets })) {
      expect([piece.byteLength, piece.buffer.byteLength < 20_000]).toEqual([10, true]);
    }
  });

  it('makes bands that end where chunks end, if they may be large enough', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [64, 64], chunks: [32, 16] }, form: 'table', edge: 'padded', codecs: compressed });
    const pieces: number[] = [];
    for await (const piece of readerOf(stored, { bandByteLength: 100, maxBandByteLength: 2048, decodedCacheByteLength: 0 }).readArray(ticketFor('it'), { selection: [], mediaType: octets })) pieces.push(piece.byteLength);
    expect(pieces).toEqual([2048, 2048]);
    expect(stored.store.readCount).toBe(8);
  });

  it('reads chunks together, but not too many', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [64], chunks: [1] }, form: 'table', edge: 'padded', codecs: bytesOnly });
    stored.store.delay = () => new Promise((resolve) => setImmediate(resolve));
    await collect(readerOf(stored, { chunkConcurrency: 5 }).readArray(ticketFor('it'), { selection: [], mediaType: octets }));
    expect(stored.store.mostConcurrent).toBe(5);
  });

  it('holds little of a long response at a time', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [1000, 100], chunks: [10, 100] }, form: 'table', edge: 'padded', codecs: compressed });
    const lengths: number[] = [];
    let readCountAtFirst = 0;
    for await (const piece of readerOf(stored, { bandByteLength: 2000, maxBandByteLength: 4000 }).readArray(ticketFor('it'), { selection: [], mediaType: octets })) {
      if (lengths.push(piece.byteLength) === 1) readCountAtFirst = stored.store.readCount;
    }
    expect(Math.max(...lengths)).toBeLessThanOrEqual(4000);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(100_000);
    // Four bands of two chunks.
    expect(readCountAtFirst).toBeLessThanOrEqual(8);
  });

  it('stops when the caller goes away', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [1000], chunks: [1] }, form: 'table', edge: 'padded', codecs: bytesOnly });
    const abort = new AbortController();
    stored.store.delay = async () => { if (stored.store.readCount === 10) abort.abort(); };
    await expect(collect(readerOf(stored, { chunkConcurrency: 2 }).readArray(ticketFor('it'), { selection: [], mediaType: octets }, { signal: abort.signal }))).rejects.toMatchObject({ code: 'cancelled' });
    expect(stored.store.readCount).toBeLessThanOrEqual(12);
  });

  it('stops at its deadline', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [4], chunks: [1] }, form: 'table', edge: 'padded', codecs: bytesOnly });
    await expect(collect(readerOf(stored).readArray(ticketFor('it'), { selection: [], mediaType: octets }, { deadlineMs: 1 }))).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(stored.store.readCount).toBe(0);
  });

  it('answers many readers at once, each with its own', async () => {
    const stored = await storeExample({ dataType: parseScalarType('<i2'), grid: { shape: [40, 40], chunks: [7, 9] }, form: 'table', edge: 'padded', codecs: compressed });
    stored.store.delay = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    const reader = readerOf(stored, { bandByteLength: 300, maxBandByteLength: 500, decodedCacheByteLength: 1000 });
    await Promise.all(fc.sample(selectionOf([40, 40]), 40).map(async (selection) => {
      const read = await collect(reader.readArray(ticketFor('it'), { selection, mediaType: octets }));
      expect(read.equals(naive(stored.bytes, [40, 40], selection, 2))).toBe(true);
    }));
  });

  describe('refuses before it reads', () => {
    const options: ExampleOptions = { dataType: byte, grid: { shape: [3, 4, 5], chunks: [[2, 1], 4, 3] }, form: 'table', edge: 'clipped', codecs: bytesOnly };
    const refused = async (request: { selection?: Selection; block?: readonly number[]; mediaType?: string; column?: string }, limits: ReaderOptions = {}) => {
      const stored = await storeExample(options);
      const error: unknown = await collect(readerOf(stored, limits).readArray(ticketFor('it'), { selection: [], mediaType: octets, ...request })).catch((reason: unknown) => reason);
      expect(stored.store.readCount).toBe(0);
      return error;
    };
    it('a block outside the grid', async () => {
      expect(await refused({ block: [2, 0, 0] })).toMatchObject({
        code: 'unprocessable',
        message: 'Block parameter does not match the chunks dimensionality. Expected 3 comma-separated integers, that index ((2, 1), (4,), (3, 2)), got (2, 0, 0).',
      });
      expect(await refused({ block: [0, 0] })).toMatchObject({ code: 'unprocessable' });
      expect(await refused({ block: [0, 0, -1] })).toMatchObject({ code: 'unprocessable' });
    });
    it('a selection that does not fit', async () => {
      expect(await refused({ selection: [{ kind: 'index', index: 3 }] })).toMatchObject({ code: 'invalid_argument' });
      expect(await refused({ selection: [{ kind: 'index', index: 2 }], block: [0, 0, 0] })).toMatchObject({ code: 'unprocessable' });
      expect(await refused({ selection: [{ kind: 'slice', step: 0 }] })).toMatchObject({ code: 'invalid_argument' });
    });
    it('a media type that cannot carry it', async () => {
      expect(await refused({ mediaType: 'application/x-hdf5' })).toMatchObject({ code: 'not_acceptable' });
      expect(await refused({ mediaType: 'text/csv' })).toMatchObject({ code: 'not_acceptable' });
    });
    it('more than a response may carry', async () => {
      expect(await refused({}, { responseByteLimit: 59 })).toMatchObject({
        code: 'too_large', message: "Response would exceed 59. Use slicing ('?slice=...') to request smaller chunks.",
      });
    });
    it('a column of an array', async () => {
      expect(await refused({ column: 'a' })).toMatchObject({ code: 'not_found' });
    });
  });

  it('writes text', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [2, 3], chunks: [1, 2] }, form: 'template', edge: 'padded', codecs: bytesOnly });
    const values = [...stored.bytes];
    const json = await collect(readerOf(stored).readArray(ticketFor('it'), { selection: [], mediaType: 'application/json' }));
    expect(JSON.parse(json.toString())).toEqual([values.slice(0, 3), values.slice(3)]);
  });

  it('refuses a ticket past its time', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [2], chunks: [2] }, form: 'table', edge: 'padded', codecs: bytesOnly });
    const late = { ...ticketFor('it'), expiresAtMs: Date.now() - 1 };
    const reader = readerOf(stored);
    await expect(collect(reader.readArray(late, { selection: [], mediaType: octets }))).rejects.toMatchObject({ code: 'permission_denied' });
    await expect(reader.readChunk(late, { chunkIndex: [0], chunkShape: [2], codecs: bytesOnly })).rejects.toMatchObject({ code: 'permission_denied' });
    await expect(reader.describe(late, undefined)).rejects.toMatchObject({ code: 'permission_denied' });
  });
});

describe('damaged and missing files', () => {
  const options = { dataType: byte, grid: { shape: [8], chunks: [4] }, form: 'table', edge: 'padded', codecs: compressed } as const;
  const read = (stored: Example) => collect(readerOf(stored).readArray(ticketFor('it'), { selection: [], mediaType: octets }));

  it('says gone for a file that is not there, cut short or damaged', async () => {
    for (const harm of [
      (store: CountingStore) => store.objects.delete('memory:file'),
      (store: CountingStore) => store.objects.set('memory:file', store.objects.get('memory:file')!.slice(0, 20)),
      (store: CountingStore) => store.objects.set('memory:file', store.objects.get('memory:file')!.map((value) => value ^ 0xff)),
    ]) {
      for (const codecs of [compressed, bytesOnly]) {
        const stored = await storeExample({ ...options, codecs });
        harm(stored.store);
        if (codecs === bytesOnly && stored.store.objects.get('memory:file')?.byteLength === 21) continue;
        await expect(read(stored)).rejects.toMatchObject({ code: 'gone' });
      }
    }
  });

  it('says gone for an object that is too large for its chunk, and does not read it all', async () => {
    const stored = await storeExample({ ...options, form: 'template' });
    stored.store.objects.set('memory:array/c/0', new Uint8Array(1_000_000));
    await expect(read(stored)).rejects.toMatchObject({ code: 'gone' });
    expect(stored.store.readByteLength).toBeLessThan(10_000);
  });

  it('says gone for a length in a table that no sound chunk has', async () => {
    const stored = await storeExample(options);
    const { refs } = stored.manifest;
    if (refs.form === 'table') refs.byteLengths[0] = 2 ** 40;
    await expect(collect(readerOf(stored, { chunkConcurrency: 1 }).readArray(ticketFor('it'), { selection: [], mediaType: octets }))).rejects.toMatchObject({ code: 'gone' });
    expect(stored.store.readCount).toBe(0);
  });

  it('says stale for a file that has changed', async () => {
    const stored = await storeExample(options);
    const byteLength = stored.store.objects.get('memory:file')!.byteLength;
    const manifest = { ...stored.manifest, sources: [{ uri: 'memory:file', byteLength }] };
    const changed = { ...stored, manifest };
    expect((await read(changed)).equals(Buffer.from(stored.bytes))).toBe(true);
    const reader = readerOf(changed);
    const request = { chunkIndex: [0], chunkShape: [4], codecs: compressed };
    await reader.readChunk(ticketFor('it'), request);
    // Looked at a moment ago: what no longer makes sense leads to another look.
    stored.store.objects.set('memory:file', new Uint8Array(3));
    await expect(reader.readChunk(ticketFor('it'), request)).rejects.toMatchObject({ code: 'stale' });
    await expect(read(changed)).rejects.toMatchObject({ code: 'stale' });
  });

  it('says gone for a source that is no longer there', async () => {
    const stored = await storeExample(options);
    const manifest = { ...stored.manifest, sources: [{ uri: 'memory:nowhere', byteLength: 1 }] };
    await expect(read({ ...stored, manifest })).rejects.toMatchObject({ code: 'gone' });
  });
});

describe('readChunk', () => {
  it('hands stored bytes on untouched, with one read', async () => {
    const stored = await storeExample({ dataType: parseScalarType('<i4'), grid: { shape: [10, 10], chunks: [4, 4] }, form: 'table', edge: 'padded', codecs: compressed });
    const reader = readerOf(stored);
    const { refs } = stored.manifest;
    if (refs.form !== 'table') throw new Error('not a table');
    for (const codecs of [compressed, structuredClone(compressed)]) {
      const before = stored.store.readCount;
      const read = await reader.readChunk(ticketFor('it'), { chunkIndex: [2, 2], chunkShape: [4, 4], codecs });
      const start = refs.byteOffsets[8]!;
      expect(Buffer.from(read!.bytes!).equals(stored.store.objects.get('memory:file')!.subarray(start, start + refs.byteLengths[8]!))).toBe(true);
      expect(stored.store.readCount).toBe(before + 1);
    }
  });

  it('gives any chunk of any published grid, padded, in the published codecs', async () => {
    const published = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 4, maxLength: 4 });
    await fc.assert(fc.asyncProperty(example, published, fc.constantFrom(bytesOnly, compressed), fc.boolean(), async (options, lengths, codecs, asStored) => {
      const stored = await storeExample(options);
      const { shape } = options.grid;
      const { itemsize } = options.dataType;
      const chunkShape = (asStored ? regularChunkShape(options.grid) : undefined) ?? shape.map((_, one) => lengths[one]!);
      const pipeline = await createPipeline(codecs, { shape: chunkShape, dataType: options.dataType });
      const reader = readerOf(stored, { decodedCacheByteLength: 500 });
      for (const chunkIndex of elements(shape.map((length, one) => Math.ceil(length / chunkShape[one]!)))) {
        const read = await reader.readChunk(ticketFor('it'), { chunkIndex, chunkShape, codecs });
        const decoded = read && await pipeline.decode(read.bytes!);
        for (const element of elements(chunkShape)) {
          const index = element.map((position, one) => position + chunkIndex[one]! * chunkShape[one]!);
          if (index.some((position, one) => position >= shape[one]!)) continue;
          const at = offsetOf(index, shape) * itemsize;
          const expected = Buffer.from(stored.bytes.subarray(at, at + itemsize));
          const to = offsetOf(element, chunkShape) * itemsize;
          const found = decoded ? decoded.subarray(to, to + itemsize) : (options.fillValue ?? new Uint8Array(itemsize));
          expect(expected.equals(found)).toBe(true);
        }
      }
    }), { numRuns: 200 });
  });

  it('pads what lies outside the array with the fill value', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [3], chunks: [2] }, form: 'affine', edge: 'clipped', codecs: bytesOnly, fillValue: Uint8Array.of(9) });
    const read = await readerOf(stored).readChunk(ticketFor('it'), { chunkIndex: [1], chunkShape: [2], codecs: bytesOnly });
    expect([...read!.bytes!]).toEqual([stored.bytes[2], 9]);
  });

  it('is undefined where nothing was ever written, and outside the grid', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [8], chunks: [2] }, form: 'template', edge: 'padded', codecs: compressed, missing: new Set([1]) });
    const reader = readerOf(stored);
    expect(await reader.readChunk(ticketFor('it'), { chunkIndex: [1], chunkShape: [2], codecs: compressed })).toBeUndefined();
    expect(await reader.readChunk(ticketFor('it'), { chunkIndex: [1], chunkShape: [2], codecs: bytesOnly })).toBeUndefined();
    expect(await reader.readChunk(ticketFor('it'), { chunkIndex: [4], chunkShape: [2], codecs: compressed })).toBeUndefined();
    expect((await reader.readChunk(ticketFor('it'), { chunkIndex: [0], chunkShape: [4], codecs: bytesOnly }))!.bytes).toHaveLength(4);
  });

  it('is of fill values where nothing was ever written, if asked for, but not outside the grid', async () => {
    for (const form of ['template', 'table'] as const) {
      const stored = await storeExample({ dataType: byte, grid: { shape: [7], chunks: [2] }, form, edge: 'padded', codecs: bytesOnly, missing: new Set([1, 3]), fillValue: Uint8Array.of(9) });
      const reader = readerOf(stored);
      for (const index of [1, 3]) {
        expect(await reader.readChunk(ticketFor('it'), { chunkIndex: [index], chunkShape: [2], codecs: bytesOnly, isFilled: true })).toEqual({ bytes: Uint8Array.of(9, 9) });
      }
      expect(await reader.readChunk(ticketFor('it'), { chunkIndex: [4], chunkShape: [2], codecs: bytesOnly, isFilled: true })).toBeUndefined();
    }
  });

  it('refuses a wrong number of indices, and chunks beyond the limit', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [8], chunks: [2] }, form: 'template', edge: 'padded', codecs: compressed });
    const reader = readerOf(stored);
    await expect(reader.readChunk(ticketFor('it'), { chunkIndex: [0, 0], chunkShape: [2], codecs: compressed })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(reader.readChunk(ticketFor('it'), { chunkIndex: [-1], chunkShape: [2], codecs: compressed })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(reader.readChunk(ticketFor('it'), { chunkIndex: [0], chunkShape: [2 ** 40], codecs: compressed })).rejects.toMatchObject({ code: 'too_large' });
  });

  it('refuses a stored chunk that is more than a response may carry, and does not read it', async () => {
    for (const form of ['template', 'table'] as const) {
      const stored = await storeExample({ dataType: byte, grid: { shape: [8], chunks: [8] }, form, edge: 'padded', codecs: bytesOnly });
      const read = (responseByteLimit: number) => readerOf(stored, { responseByteLimit }).readChunk(ticketFor('it'), { chunkIndex: [0], chunkShape: [8], codecs: bytesOnly });
      await expect(read(7)).rejects.toMatchObject({ code: 'too_large' });
      expect(stored.store.readCount).toBe(0);
      expect((await read(8))!.bytes).toHaveLength(8);
    }
  });

  it('reads a chunk that lies in the manifest', async () => {
    const bytes = exampleBytes(4);
    const manifest = { kind: 'array', dataType: byte, grid: { shape: [], chunks: [] }, edge: 'padded', codecs: bytesOnly, refs: { form: 'inline', bytes: bytes.slice(0, 1) }, sources: [] } as const;
    const reader = new ReaderService(new CountingStore(), manifestStore({ it: manifest }));
    expect([...(await reader.readChunk(ticketFor('it'), { chunkIndex: [], chunkShape: [], codecs: bytesOnly }))!.bytes!]).toEqual([bytes[0]]);
    expect([...(await collect(reader.readArray(ticketFor('it'), { selection: [], block: [], mediaType: octets })))]).toEqual([bytes[0]]);
  });
});

describe('describe', () => {
  it('tells how the array is laid out', async () => {
    const stored = await storeExample({ dataType: byte, grid: { shape: [8], chunks: [2] }, form: 'template', edge: 'padded', codecs: compressed });
    expect(await readerOf(stored).describe(ticketFor('it'), undefined)).toEqual({ dataType: byte, grid: { shape: [8], chunks: [2] }, edge: 'padded', codecs: compressed, volatile: false });
  });
});
