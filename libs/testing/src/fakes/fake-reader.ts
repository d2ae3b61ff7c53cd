import {
  checkTicket, chunkOriginAt, chunkShapeAt, elementCount, isChunkInGrid, planChunks, resolveSelection, selectedShape, TesseraError,
  type ArrayLayout, type ArrayManifest, type ArrayRequest, type AxisRange, type Call, type ChunkRequest, type EncodedChunk, type Reader, type TableRequest, type Ticket,
} from '@tessera/domain';

/** An array as the fake holds it: all its bytes in C order, and which chunks were never written. */
export interface FakeArray {
  readonly manifest: ArrayManifest;
  readonly bytes: Uint8Array;
  readonly missing?: (chunkIndex: readonly number[]) => boolean;
}

/** What a fake does beside its work: throw, wait, or note the call. */
export type Interference = (method: keyof Reader, ticket: Ticket, call: Call | undefined) => void | Promise<void>;

/** A reader over arrays in memory. Knows raw bytes only: enough to drive whatever stands before a reader. */
export class FakeReader implements Reader {
  readonly arrays = new Map<string, FakeArray>();
  /** Pieces of tables by manifest id. */
  readonly tables = new Map<string, readonly Uint8Array[]>();
  readonly calls: { method: keyof Reader; call: Call | undefined }[] = [];

  constructor(private readonly pieceByteLength = 1024, private readonly interfere: Interference = () => {}) {}

  async describe(ticket: Ticket, column: string | undefined, call?: Call): Promise<ArrayLayout> {
    const { manifest } = await this.open('describe', ticket, call);
    if (column !== undefined) throw new TesseraError('not_found', `There is no column "${column}".`);
    const { dataType, grid, edge, fillValue, codecs, volatile = false } = manifest;
    return { dataType, grid, edge, codecs, volatile, ...(fillValue ? { fillValue } : {}) };
  }

  async readChunk(ticket: Ticket, request: ChunkRequest, call?: Call): Promise<EncodedChunk | undefined> {
    const { manifest, bytes, missing } = await this.open('readChunk', ticket, call);
    const { grid, dataType } = manifest;
    if (!isChunkInGrid(grid, request.chunkIndex)) throw new TesseraError('not_found', 'There is no such chunk.');
    if (missing?.(request.chunkIndex)) return undefined;
    const extent = chunkShapeAt(grid, request.chunkIndex);
    const origin = chunkOriginAt(grid, request.chunkIndex);
    const part = copyRanges(bytes, grid.shape, dataType.itemsize, origin.map((start, axis) => ({ start, step: 1, count: extent[axis]!, dropped: false })));
    return { bytes: padTo(part, extent, request.chunkShape, dataType.itemsize) };
  }

  async *readArray(ticket: Ticket, request: ArrayRequest, call?: Call): AsyncGenerator<Uint8Array, void, undefined> {
    const { manifest, bytes } = await this.open('readArray', ticket, call);
    if (request.mediaType !== 'application/octet-stream') throw new TesseraError('not_acceptable', `Cannot give ${request.mediaType}.`);
    const { grid, dataType } = manifest;
    const ranges = request.block ? blockRanges(manifest, request.block) : resolveSelection(request.selection, grid.shape);
    yield* pieces(copyRanges(bytes, grid.shape, dataType.itemsize, ranges), this.pieceByteLength);
  }

  async *readTable(ticket: Ticket, _request: TableRequest, call?: Call): AsyncGenerator<Uint8Array, void, undefined> {
    await this.interfere('readTable', ticket, call);
    this.calls.push({ method: 'readTable', call });
    checkTicket(ticket);
    const table = this.tables.get(ticket.manifestId);
    if (!table) throw new TesseraError('gone', 'There is no such manifest.');
    yield* table;
  }

  private async open(method: keyof Reader, ticket: Ticket, call: Call | undefined): Promise<FakeArray> {
    this.calls.push({ method, call });
    await this.interfere(method, ticket, call);
    if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The caller went away.');
    checkTicket(ticket);
    const array = this.arrays.get(ticket.manifestId);
    if (!array) throw new TesseraError('gone', 'There is no such manifest.');
    return array;
  }
}

function blockRanges({ grid }: ArrayManifest, block: readonly number[]): AxisRange[] {
  if (!isChunkInGrid(grid, block)) throw new TesseraError('invalid_argument', 'There is no such block.');
  const extent = chunkShapeAt(grid, block);
  return chunkOriginAt(grid, block).map((start, axis) => ({ start, step: 1, count: extent[axis]!, dropped: false }));
}

/** Element by element: slow, and plainly right. */
function copyRanges(bytes: Uint8Array, shape: readonly number[], itemsize: number, ranges: readonly AxisRange[]): Uint8Array {
  const counts = ranges.map((range) => range.count);
  const out = new Uint8Array(elementCount(selectedShape(ranges)) * itemsize);
  for (let flat = 0; flat < elementCount(counts); flat++) {
    let rest = flat;
    let element = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const within = rest % counts[axis]!;
      rest = Math.floor(rest / counts[axis]!);
      element += (ranges[axis]!.start + within * ranges[axis]!.step) * stride;
      stride *= shape[axis]!;
    }
    out.set(bytes.subarray(element * itemsize, (element + 1) * itemsize), flat * itemsize);
  }
  return out;
}

function padTo(part: Uint8Array, extent: readonly number[], shape: readonly number[], itemsize: number): Uint8Array {
  const out = new Uint8Array(elementCount(shape) * itemsize);
  const whole = { shape: extent, chunks: extent.map(() => 1) };
  for (const { chunkIndex } of planChunks(whole, extent.map((count) => ({ start: 0, step: 1, count, dropped: false })))) {
    const from = chunkIndex.reduce((flat, index, axis) => flat * extent[axis]! + index, 0);
    const to = chunkIndex.reduce((flat, index, axis) => flat * shape[axis]! + index, 0);
    out.set(part.subarray(from * itemsize, (from + 1) * itemsize), to * itemsize);
  }
  return out;
}

function* pieces(bytes: Uint8Array, byteLength: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += byteLength) yield bytes.subarray(at, at + byteLength);
}
