import fc from 'fast-check';
import {
  chunkOriginAt, chunkShapeAt, elementCount, gridShape, regularChunkShape, resolveSelection,
  type ArrayManifest, type AxisRange, type ChunkGrid, type ChunkRange, type DataType, type Reader, type Ticket,
} from '@tessera/domain';
import { arrayBytes, chunkGrids, dataTypes, selections } from '../arbitraries/array.ts';
import { collected, joined } from '../eventually.ts';
import { failureCode } from './failure.ts';

/** An array with the objects it is stored in, and what is read of it. */
export interface StoredArray {
  readonly manifest: ArrayManifest;
  readonly objects: ReadonlyMap<string, Uint8Array>;
  /** All elements in C order. */
  readonly bytes: Uint8Array;
  readonly isMissing: (chunkIndex: readonly number[]) => boolean;
}

export interface ReaderSetup {
  readonly reader: Reader;
  /** A prefix of URIs that the reader's store holds. */
  readonly uriPrefix: string;
  /** Stores an array, and gives the id of its manifest. */
  put(array: StoredArray): Promise<string>;
  /** A table of a few partitions; not called if the reader reads no tables. */
  putTable(): Promise<{ manifestId: string; mediaType: string; columns: readonly string[]; partitionCount: number }>;
  close(): Promise<void>;
}

const octets = 'application/octet-stream';
const ticketOf = (manifestId: string): Ticket => ({ manifestId, principalId: 'user:test', expiresAtMs: Date.now() + 60_000 });
const bytesCodec = { name: 'bytes', configuration: { endian: 'little' } };

function* tuples(shape: readonly number[]): Generator<number[]> {
  for (let flat = 0; flat < elementCount(shape); flat++) {
    const index: number[] = [];
    let rest = flat;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    yield index;
  }
}
const flatIn = (shape: readonly number[], index: readonly number[]) => index.reduce((flat, at, axis) => flat * shape[axis]! + at, 0);

/** Element by element. */
function pick(bytes: Uint8Array, shape: readonly number[], itemsize: number, ranges: readonly AxisRange[]): Uint8Array {
  const out: Uint8Array[] = [];
  for (const to of tuples(ranges.map((range) => range.count))) {
    const from = flatIn(shape, to.map((i, axis) => ranges[axis]!.start + i * ranges[axis]!.step)) * itemsize;
    out.push(bytes.subarray(from, from + itemsize));
  }
  return new Uint8Array(Buffer.concat(out));
}

function rangesOfChunk(grid: ChunkGrid, chunkIndex: readonly number[]): AxisRange[] {
  const extent = chunkShapeAt(grid, chunkIndex);
  return chunkOriginAt(grid, chunkIndex).map((start, axis) => ({ start, step: 1, count: extent[axis]!, dropped: false }));
}

/** Every third chunk is missing, the others lie one behind the other in one object. */
export function storeArray(uri: string, grid: ChunkGrid, dataType: DataType, fillValue?: Uint8Array): StoredArray {
  const { itemsize } = dataType;
  const bytes = arrayBytes(grid, dataType);
  const counts = gridShape(grid);
  const isMissing = (chunkIndex: readonly number[]) => flatIn(counts, chunkIndex) % 3 === 2;
  const parts: Uint8Array[] = [Uint8Array.of(255, 255, 255)];
  const count = elementCount(counts);
  const byteOffsets = new Float64Array(count).fill(-1);
  const byteLengths = new Float64Array(count);
  let end = 3;
  for (const index of tuples(counts)) {
    const ranges = rangesOfChunk(grid, index);
    if (isMissing(index)) {
      for (const to of tuples(ranges.map((range) => range.count))) {
        const at = flatIn(grid.shape, to.map((i, axis) => ranges[axis]!.start + i)) * itemsize;
        bytes.set(fillValue ?? new Uint8Array(itemsize), at);
      }
      continue;
    }
    const chunk = pick(bytes, grid.shape, itemsize, ranges);
    byteOffsets[flatIn(counts, index)] = end;
    byteLengths[flatIn(counts, index)] = chunk.byteLength;
    end += chunk.byteLength;
    parts.push(chunk);
  }
  const manifest: ArrayManifest = {
    kind: 'array', dataType, grid, edge: 'clipped', codecs: [codecOf(dataType)], refs: { form: 'table', uris: [uri], byteOffsets, byteLengths }, sources: [], ...(fillValue ? { fillValue } : {}),
  };
  return { manifest, objects: new Map([[uri, new Uint8Array(Buffer.concat(parts))]]), bytes, isMissing };
}

/** Stored in the declared byte order. */
function codecOf(dataType: DataType) {
  const ordered = dataType.kind !== 'struct' && dataType.endianness !== 'not_applicable';
  return ordered ? { name: 'bytes', configuration: { endian: dataType.endianness } } : { name: 'bytes' };
}

/** What every reader does. `setup` gives one with an empty store; it is used by all tests of the suite. */
export function readerContract(name: string, setup: () => Promise<ReaderSetup>, { readsTables = true } = {}): void {
  describe(`reader: ${name}`, () => {
    let given: ReaderSetup;
    let serial = 0;
    beforeAll(async () => {
      given = await setup();
    });
    afterAll(() => given?.close());

    const stored = async (grid: ChunkGrid, dataType: DataType, fillValue?: Uint8Array) => {
      const array = storeArray(`${given.uriPrefix}object-${++serial}`, grid, dataType, fillValue);
      return { ...array, ticket: ticketOf(await given.put(array)) };
    };
    const u2: DataType = { kind: 'u', itemsize: 2, endianness: 'little' };
    const read = (ticket: Ticket, request: Partial<Parameters<Reader['readArray']>[1]> = {}, call = {}) => joined(given.reader.readArray(ticket, { selection: [], mediaType: octets, ...request }, call));

    it('describes an array as it is stored', async () => {
      await fc.assert(fc.asyncProperty(chunkGrids, dataTypes, fc.boolean(), async (grid, dataType, filled) => {
        const fillValue = filled ? new Uint8Array(dataType.itemsize).fill(7) : undefined;
        const { ticket, manifest } = await stored(grid, dataType, fillValue);
        const layout = await given.reader.describe(ticket, undefined);
        expect(layout).toMatchObject({ dataType, grid, edge: 'clipped', codecs: manifest.codecs, volatile: false });
        expect(layout.fillValue).toEqual(fillValue);
        expect('fillValue' in layout).toBe(filled);
      }), { numRuns: 30 });
    });

    it('reads any selection of any array', async () => {
      const cases = fc.tuple(chunkGrids, dataTypes, fc.boolean()).chain(([grid, dataType, filled]) => selections(grid.shape).map((selection) => ({ grid, dataType, filled, selection })));
      await fc.assert(fc.asyncProperty(cases, async ({ grid, dataType, filled, selection }) => {
        const { ticket, bytes } = await stored(grid, dataType, filled ? new Uint8Array(dataType.itemsize).fill(9) : undefined);
        const expected = pick(bytes, grid.shape, dataType.itemsize, resolveSelection(selection, grid.shape));
        expect(Buffer.compare(await read(ticket, { selection }), expected)).toBe(0);
      }), { numRuns: 100 });
    });

    it('reads each block and each chunk of a grid', async () => {
      await fc.assert(fc.asyncProperty(chunkGrids, async (grid) => {
        const { ticket, bytes, isMissing } = await stored(grid, u2);
        const chunkShape = regularChunkShape(grid);
        for (const index of tuples(gridShape(grid))) {
          const part = pick(bytes, grid.shape, 2, rangesOfChunk(grid, index));
          expect(Buffer.compare(await read(ticket, { block: index }), part)).toBe(0);
          if (!chunkShape) continue;
          const chunk = await given.reader.readChunk(ticket, { chunkIndex: index, chunkShape, codecs: [bytesCodec] });
          if (isMissing(index)) expect(chunk).toBeUndefined();
          else expectPadded(chunk!.bytes!, part, chunkShapeAt(grid, index), chunkShape);
        }
      }), { numRuns: 30 });
    });

    /** What lies in the array is there; what hangs over its edge may be anything. */
    function expectPadded(chunk: Uint8Array, part: Uint8Array, extent: readonly number[], chunkShape: readonly number[]): void {
      expect(chunk.byteLength).toBe(elementCount(chunkShape) * 2);
      for (const index of tuples(extent)) {
        const [from, to] = [flatIn(extent, index) * 2, flatIn(chunkShape, index) * 2];
        expect(Buffer.compare(chunk.subarray(to, to + 2), part.subarray(from, from + 2))).toBe(0);
      }
    }

    it('reads arrays of megabytes, in bounded pieces', async () => {
      const { ticket, bytes } = await stored({ shape: [900, 1_001], chunks: [400, 1_001] }, u2);
      const pieces = await collected(given.reader.readArray(ticket, { selection: [], mediaType: octets }));
      expect(Buffer.compare(Buffer.concat(pieces), bytes)).toBe(0);
      const chunk = await given.reader.readChunk(ticket, { chunkIndex: [0, 0], chunkShape: [400, 1_001], codecs: [bytesCodec] });
      expect(Buffer.compare(chunk!.bytes!, bytes.subarray(0, 400 * 1_001 * 2))).toBe(0);
    });

    it('reads ranges of chunks, or the whole of those that it makes', async () => {
      const { ticket, bytes } = await stored({ shape: [900, 1_001], chunks: [400, 1_001] }, u2);
      const chunkRequest = { chunkIndex: [0, 0], chunkShape: [400, 1_001], codecs: [bytesCodec] };
      const whole = bytes.subarray(0, 400 * 1_001 * 2);
      const ranges: readonly [ChunkRange, number, number][] = [
        [{ start: 0, end: 0 }, 0, 0], [{ start: 5, end: 9 }, 5, 9], [{ start: 800_000 }, 800_000, whole.byteLength], [{ start: 1, end: 2 ** 40 }, 1, whole.byteLength],
        [{ suffixByteLength: 3 }, whole.byteLength - 3, whole.byteLength], [{ suffixByteLength: 2 ** 40 }, 0, whole.byteLength], [{ start: 2 ** 40 }, 0, 0],
      ];
      for (const [range, start, end] of ranges) {
        const read = (await given.reader.readChunk(ticket, { ...chunkRequest, range }))!;
        expect([whole.byteLength, undefined]).toContain(read.totalByteLength);
        expect(Buffer.compare(read.bytes!, read.totalByteLength === undefined ? whole : whole.subarray(start, end))).toBe(0);
      }
    });

    it('reads at the same time for many', async () => {
      const arrays = await Promise.all(Array.from({ length: 8 }, (_, i) => stored({ shape: [100 + i, 30], chunks: [10, 30] }, u2)));
      const all = await Promise.all(Array.from({ length: 64 }, (_, i) => read(arrays[i % 8]!.ticket)));
      all.forEach((bytes, i) => expect(Buffer.compare(bytes, arrays[i % 8]!.bytes)).toBe(0));
    });

    it('stops when it is not wanted any more', async () => {
      const { ticket } = await stored({ shape: [400, 1_000], chunks: [100, 1_000] }, u2);
      let pieces = 0;
      for await (const _ of given.reader.readArray(ticket, { selection: [], mediaType: octets })) if (++pieces === 1) break;
      expect(pieces).toBe(1);
      expect(await failureCode(read(ticket, {}, { signal: AbortSignal.abort() }))).toBe('cancelled');
      expect(await failureCode(given.reader.describe(ticket, undefined, { signal: AbortSignal.abort() }))).toBe('cancelled');
    });

    it.each([
      ['a manifest that is not there', (ticket: Ticket) => read({ ...ticket, manifestId: `${'0'.repeat(64)}.0.64` }), ['gone']],
      ['a ticket past its time', (ticket: Ticket) => read({ ...ticket, expiresAtMs: Date.now() - 1 }), ['permission_denied']],
      ['a media type that arrays do not come in', (ticket: Ticket) => read(ticket, { mediaType: 'video/mp4' }), ['not_acceptable']],
      ['an element outside the array', (ticket: Ticket) => read(ticket, { selection: [{ kind: 'index', index: 10 }] }), ['invalid_argument', 'unprocessable']],
      ['too many axes', (ticket: Ticket) => read(ticket, { selection: [{ kind: 'slice' }, { kind: 'slice' }, { kind: 'slice' }] }), ['invalid_argument', 'unprocessable']],
      ['a block outside the grid', (ticket: Ticket) => read(ticket, { block: [9, 9] }), ['invalid_argument', 'unprocessable', 'not_found']],
      ['a column of what is no table', (ticket: Ticket) => given.reader.describe(ticket, 'x'), ['not_found', 'unsupported']],
      ['a table that is an array', (ticket: Ticket) => joined(given.reader.readTable(ticket, { mediaType: 'text/csv' })), ['not_found', 'unsupported', 'gone']],
    ] as [string, (ticket: Ticket) => Promise<unknown>, string[]][])('refuses %s', async (_name, ask, codes) => {
      const { ticket } = await stored({ shape: [4, 4], chunks: [2, 2] }, u2);
      expect(codes).toContain(await failureCode(ask(ticket)));
    });

    if (readsTables) it('reads tables, whole and by partition', async () => {
      const table = await given.putTable();
      const ticket = ticketOf(table.manifestId);
      const whole = await joined(given.reader.readTable(ticket, { mediaType: table.mediaType }));
      const partitions = await Promise.all(Array.from({ length: table.partitionCount }, (_, partition) => joined(given.reader.readTable(ticket, { mediaType: table.mediaType, partitions: { start: partition, stop: partition + 1 } }))));
      expect(partitions.every((bytes) => bytes.byteLength > 0 && bytes.byteLength < whole.byteLength)).toBe(true);
      const one = await joined(given.reader.readTable(ticket, { mediaType: table.mediaType, columns: [table.columns[0]!] }));
      expect(one.byteLength).toBeLessThan(whole.byteLength);
      expect(await failureCode(joined(given.reader.readTable(ticket, { mediaType: table.mediaType, columns: ['no such column'] })))).not.toBe('internal');
      expect(await failureCode(joined(given.reader.readTable(ticket, { mediaType: table.mediaType, partitions: { start: table.partitionCount, stop: table.partitionCount + 1 } })))).not.toBe('internal');
    });
  });
}

