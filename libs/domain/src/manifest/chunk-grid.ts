import { TesseraError } from '../errors/tessera-error.ts';

/**
 * Chunk lengths along one axis: a number is a regular length (the last chunk may
 * be shorter), a list gives every length and sums to the axis.
 */
export type AxisChunks = number | readonly number[];

/** How an array of `shape` is cut into chunks; one entry of `chunks` an axis. */
export interface ChunkGrid {
  readonly shape: readonly number[];
  readonly chunks: readonly AxisChunks[];
}

/** Number of elements of a shape; 1 for a 0-d shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Number of chunks along an axis; an axis of length 0 has none when regular. */
export function axisChunkCount(length: number, chunks: AxisChunks): number {
  return typeof chunks === 'number' ? Math.ceil(length / Math.max(chunks, 1)) : chunks.length;
}

/** Chunks along every axis. */
export function gridShape(grid: ChunkGrid): number[] {
  return grid.shape.map((length, axis) => axisChunkCount(length, grid.chunks[axis]!));
}

/** First element and length of chunk `index` along an axis; the last regular chunk is clipped to the axis. */
export function axisChunkExtent(length: number, chunks: AxisChunks, index: number): { start: number; length: number } {
  if (typeof chunks === 'number') {
    const start = index * chunks;
    return { start, length: Math.min(chunks, length - start) };
  }
  let start = 0;
  for (let i = 0; i < index; i++) start += chunks[i]!;
  return { start, length: chunks[index]! };
}

/** Explicit chunk lengths of an axis, as numpy and dask write them; an empty axis is `[0]`. */
export function axisChunkLengths(length: number, chunks: AxisChunks): number[] {
  if (typeof chunks !== 'number') return [...chunks];
  if (length === 0) return [0];
  const count = axisChunkCount(length, chunks);
  return Array.from({ length: count }, (_, index) => axisChunkExtent(length, chunks, index).length);
}

/** The regular chunk length of an axis, or undefined if the chunks differ (the last may be shorter). */
export function regularChunkLength(length: number, chunks: AxisChunks): number | undefined {
  if (typeof chunks === 'number') return chunks;
  if (chunks.length === 0) return Math.max(length, 1);
  const first = chunks[0]!;
  const last = chunks[chunks.length - 1]!;
  const regular = chunks.every((value, index) => index === chunks.length - 1 || value === first) && last <= first;
  return regular ? Math.max(first, 1) : undefined;
}

/** The one chunk shape of a grid, or undefined if the grid is irregular. */
export function regularChunkShape(grid: ChunkGrid): number[] | undefined {
  const shape = grid.shape.map((length, axis) => regularChunkLength(length, grid.chunks[axis]!));
  return shape.every((length) => length !== undefined) ? (shape as number[]) : undefined;
}

/** Flat number of a chunk in C order of the grid. */
export function chunkOrdinal(grid: ChunkGrid, chunkIndex: readonly number[]): number {
  const counts = gridShape(grid);
  return chunkIndex.reduce((ordinal, index, axis) => ordinal * counts[axis]! + index, 0);
}

/** Shape of a chunk, clipped to the array. */
export function chunkShapeAt(grid: ChunkGrid, chunkIndex: readonly number[]): number[] {
  return grid.shape.map((length, axis) => axisChunkExtent(length, grid.chunks[axis]!, chunkIndex[axis]!).length);
}

/** First element of a chunk along every axis. */
export function chunkOriginAt(grid: ChunkGrid, chunkIndex: readonly number[]): number[] {
  return grid.shape.map((length, axis) => axisChunkExtent(length, grid.chunks[axis]!, chunkIndex[axis]!).start);
}

/** Whether a chunk index has the right rank and lies in the grid. */
export function isChunkInGrid(grid: ChunkGrid, chunkIndex: readonly number[]): boolean {
  if (chunkIndex.length !== grid.shape.length) return false;
  const counts = gridShape(grid);
  return chunkIndex.every((index, axis) => Number.isInteger(index) && index >= 0 && index < counts[axis]!);
}

/**
 * A grid over bytes that lie in C order without gaps, cut so that every chunk is
 * one run of at most about `targetByteLength` bytes: leading axes are cut to 1,
 * one axis in the middle to a part, trailing axes are whole.
 */
export function contiguousGrid(shape: readonly number[], itemsize: number, targetByteLength = 16 * 2 ** 20): ChunkGrid {
  const chunks: number[] = shape.map((length) => Math.max(length, 1));
  let runByteLength = Math.max(elementCount(shape), 1) * itemsize;
  for (let axis = 0; axis < shape.length && runByteLength > targetByteLength; axis++) {
    const rowByteLength = runByteLength / Math.max(shape[axis]!, 1);
    chunks[axis] = Math.max(1, Math.floor(targetByteLength / rowByteLength));
    runByteLength = chunks[axis]! * rowByteLength;
  }
  return { shape, chunks };
}

/** @throws TesseraError unprocessable if explicit chunk lengths do not sum to the shape, or ranks differ. */
export function checkGrid(grid: ChunkGrid): void {
  if (grid.chunks.length !== grid.shape.length) {
    throw new TesseraError('unprocessable', `The chunks have ${grid.chunks.length} axes, the shape has ${grid.shape.length}.`);
  }
  grid.chunks.forEach((chunks, axis) => {
    const length = grid.shape[axis]!;
    const fits = typeof chunks === 'number'
      ? Number.isSafeInteger(chunks) && chunks > 0
      : chunks.every((part) => Number.isSafeInteger(part) && part >= 0) && chunks.reduce((total, part) => total + part, 0) === length;
    if (!fits || !Number.isSafeInteger(length) || length < 0) {
      throw new TesseraError('unprocessable', `The chunks of axis ${axis} do not make up its length ${length}.`);
    }
  });
}
