import type { AxisChunks, AxisRange, ChunkGrid } from '@tessera/domain';

/** What the size of bands depends on. */
export interface BandLimits {
  readonly itemsize: number;
  /** About how large a band is. */
  readonly bandByteLength: number;
  /** How large it may get, so that chunks are not cut by it. At least `bandByteLength`. */
  readonly maxBandByteLength: number;
  /** Of how many chunks it may be, about: each costs a look for it, even if a million are a few bytes together. */
  readonly maxChunkCount?: number;
}

const defaultMaxChunkCount = 32_768;

/**
 * Cuts a selection into bands: parts that follow each other in C order of the result, each
 * small enough to be held in memory. Bands end at chunk boundaries where that is possible
 * within the limits, so that few chunks are needed by two bands.
 */
export function* planBands(grid: ChunkGrid, ranges: readonly AxisRange[], limits: BandLimits): Generator<AxisRange[]> {
  if (ranges.some((range) => range.count === 0)) return;
  const { axis, rowByteLength, rowChunkCount } = bandAxis(grid, ranges, limits);
  if (axis === undefined) {
    yield [...ranges];
    return;
  }
  const outer = ranges.slice(0, axis);
  const range = ranges[axis]!;
  const toBoundary = boundaryDistance(grid.shape[axis]!, grid.chunks[axis]!);
  const rowsOfChunks = Math.floor((limits.maxChunkCount ?? defaultMaxChunkCount) / rowChunkCount) * elementsPerChunk(grid, range, axis);
  const rows = Math.max(1, Math.min(Math.floor(limits.bandByteLength / rowByteLength), rowsOfChunks));
  const maxRows = Math.max(1, Math.min(Math.floor(limits.maxBandByteLength / rowByteLength), rowsOfChunks));
  for (const outerIndex of indices(outer.map((one) => one.count))) {
    const single = outer.map((one, index) => ({ ...one, start: one.start + outerIndex[index]! * one.step, count: 1 }));
    for (let done = 0; done < range.count;) {
      const left = range.count - done;
      const count = Math.min(left, rowsInBand(range, done, left, rows, maxRows, toBoundary));
      yield [...single, { ...range, start: range.start + done * range.step, count }, ...ranges.slice(axis + 1)];
      done += count;
    }
  }
}

/** The outermost axis whose rows fit into a band; undefined if everything does. */
function bandAxis(grid: ChunkGrid, ranges: readonly AxisRange[], { itemsize, bandByteLength, maxBandByteLength, maxChunkCount = defaultMaxChunkCount }: BandLimits) {
  const chunkCounts = ranges.map((range, axis) => Math.ceil(range.count / elementsPerChunk(grid, range, axis)));
  let rowByteLength = ranges.reduce((product, range) => product * range.count, itemsize);
  let rowChunkCount = chunkCounts.reduce((product, count) => product * count, 1);
  const fits = rowByteLength <= bandByteLength && rowChunkCount <= maxChunkCount;
  if (fits || ranges.length === 0) return { axis: undefined, rowByteLength, rowChunkCount };
  for (let axis = 0; ; axis++) {
    rowByteLength /= ranges[axis]!.count;
    rowChunkCount /= chunkCounts[axis]!;
    if (axis === ranges.length - 1 || (rowByteLength <= maxBandByteLength && rowChunkCount <= maxChunkCount)) return { axis, rowByteLength, rowChunkCount };
  }
}

/** How many of the elements of a range lie in a chunk, on average; at least one. */
function elementsPerChunk({ shape, chunks }: ChunkGrid, { step }: AxisRange, axis: number): number {
  const axisChunks = chunks[axis]!;
  const length = typeof axisChunks === 'number' ? axisChunks : shape[axis]! / Math.max(axisChunks.length, 1);
  return Math.max(1, Math.floor(length / Math.abs(step)));
}

/** As many rows as end at a chunk boundary: the last one within a band, else the first one if the largest band reaches it. */
function rowsInBand(range: AxisRange, done: number, left: number, rows: number, maxRows: number, toBoundary: BoundaryDistance): number {
  const rowsFrom = (offset: number) => toBoundary(range.start + (done + offset) * range.step, range.step);
  let aligned = rowsFrom(0);
  if (aligned > maxRows) return maxRows;
  while (aligned < left) {
    const next = aligned + rowsFrom(aligned);
    if (next > rows) break;
    aligned = next;
  }
  return aligned;
}

/** How many elements from `element` on, by `step`, lie in the same chunk. */
type BoundaryDistance = (element: number, step: number) => number;

function boundaryDistance(length: number, chunks: AxisChunks): BoundaryDistance {
  const distance = (start: number, end: number, element: number, step: number) =>
    step > 0 ? Math.ceil((end - element) / step) : Math.floor((element - start) / -step) + 1;
  if (typeof chunks === 'number') {
    return (element, step) => {
      const start = Math.floor(element / chunks) * chunks;
      return distance(start, Math.min(start + chunks, length), element, step);
    };
  }
  const ends: number[] = [];
  for (const part of chunks) ends.push((ends.at(-1) ?? 0) + part);
  return (element, step) => {
    const chunk = firstAbove(ends, element);
    return distance(chunk === 0 ? 0 : ends[chunk - 1]!, ends[chunk]!, element, step);
  };
}

/** Index of the first of ascending numbers that is above `value`. */
function firstAbove(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** All tuples of indices below `counts`, in C order. */
function* indices(counts: readonly number[]): Generator<readonly number[]> {
  const index = counts.map(() => 0);
  for (;;) {
    yield index;
    let axis = counts.length - 1;
    while (axis >= 0 && ++index[axis]! === counts[axis]) index[axis--] = 0;
    if (axis < 0) return;
  }
}
