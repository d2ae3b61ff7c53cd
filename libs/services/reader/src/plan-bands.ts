import type { AxisChunks, AxisRange, ChunkGrid } from '@tessera/domain';

/** What the size of bands depends on. */
export interface BandLimits {
  readonly itemsize: number;
  /** About how large a band is. */
  readonly bandByteLength: number;
  /** How large it may get, so that chunks are not cut by it. At least `bandByteLength`. */
  readonly maxBandByteLength: number;
}

/**
 * Cuts a selection into bands: parts that follow each other in C order of the result, each
 * small enough to be held in memory. Bands end at chunk boundaries where that is possible
 * within the limits, so that few chunks are needed by two bands.
 */
export function* planBands(grid: ChunkGrid, ranges: readonly AxisRange[], limits: BandLimits): Generator<AxisRange[]> {
  if (ranges.some((range) => range.count === 0)) return;
  const { axis, rowByteLength } = bandAxis(ranges, limits);
  if (axis === undefined) {
    yield [...ranges];
    return;
  }
  const outer = ranges.slice(0, axis);
  const range = ranges[axis]!;
  const toBoundary = boundaryDistance(grid.shape[axis]!, grid.chunks[axis]!);
  const rows = Math.max(1, Math.floor(limits.bandByteLength / rowByteLength));
  const maxRows = Math.max(1, Math.floor(limits.maxBandByteLength / rowByteLength));
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
function bandAxis(ranges: readonly AxisRange[], { itemsize, bandByteLength, maxBandByteLength }: BandLimits) {
  let byteLength = ranges.reduce((product, range) => product * range.count, itemsize);
  if (byteLength <= bandByteLength || ranges.length === 0) return { axis: undefined, rowByteLength: byteLength };
  for (let axis = 0; axis < ranges.length; axis++) {
    byteLength /= ranges[axis]!.count;
    if (byteLength <= maxBandByteLength) return { axis, rowByteLength: byteLength };
  }
  return { axis: ranges.length - 1, rowByteLength: byteLength };
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
