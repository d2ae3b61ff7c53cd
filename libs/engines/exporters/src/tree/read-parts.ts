// Arrays of any size, read as a row of requests of bounded size: each is authorised anew and can be given up by itself.
import { axisChunkExtent, type AxisChunks, type AxisRange, type Selection, type SelectionItem } from '@tessera/domain';

/**
 * Cuts what ranges select into parts that follow each other in C order, each of at most `partByteLength` (one element
 * at least). Parts end where chunks end, as far as they are large enough for that.
 */
export function* partsOf(ranges: readonly AxisRange[], chunks: readonly AxisChunks[], lengths: readonly number[], itemsize: number, partByteLength: number): Generator<Selection> {
  if (ranges.some(({ count }) => count === 0)) return;
  let rowByteLength = ranges.reduce((product, { count }) => product * count, itemsize);
  if (rowByteLength <= partByteLength || ranges.length === 0) {
    yield ranges.map(itemOf);
    return;
  }
  let axis = 0;
  for (; axis < ranges.length; axis++) {
    rowByteLength /= ranges[axis]!.count;
    if (rowByteLength <= partByteLength) break;
  }
  axis = Math.min(axis, ranges.length - 1);
  const range = ranges[axis]!;
  const rows = Math.max(1, Math.floor(partByteLength / Math.max(rowByteLength, 1)));
  for (const outer of singles(ranges.slice(0, axis))) {
    for (let done = 0; done < range.count;) {
      const start = range.start + done * range.step;
      const count = Math.min(range.count - done, wholeChunks(start, range.step, rows, lengths[axis]!, chunks[axis]!));
      yield [...outer, { ...range, start, count }, ...ranges.slice(axis + 1)].map(itemOf);
      done += count;
    }
  }
}

/** As many of `rows` as end with a chunk; all of them if none does. */
function wholeChunks(start: number, step: number, rows: number, length: number, chunks: AxisChunks): number {
  if (step !== 1 || typeof chunks !== 'number') return rows;
  const last = Math.min(start + rows, length);
  const { start: chunkStart } = axisChunkExtent(length, chunks, Math.floor(last / chunks));
  return last < length && chunkStart > start ? chunkStart - start : rows;
}

/** Every element of the outer axes by itself, in C order. */
function* singles(ranges: readonly AxisRange[]): Generator<AxisRange[]> {
  const [first, ...rest] = ranges;
  if (!first) {
    yield [];
    return;
  }
  for (let index = 0; index < first.count; index++) {
    for (const inner of singles(rest)) yield [{ ...first, start: first.start + index * first.step, count: 1 }, ...inner];
  }
}

function itemOf({ start, step, count }: AxisRange): SelectionItem {
  const stop = start + count * step;
  // A reversed range that ends before element 0 has no stop that says so in numbers.
  return { kind: 'slice', start, ...(stop < 0 ? {} : { stop }), step };
}
