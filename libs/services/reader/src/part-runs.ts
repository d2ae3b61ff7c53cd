import type { AxisPart } from '@tessera/domain';

/** Fetching across a gap this small costs less than another read. */
const gapByteLength = 64 * 1024;

/** A stretch of a chunk that is read at once. Elements. */
export interface PartRun {
  /** Its first element, from the start of the chunk, and its length. */
  readonly start: number;
  readonly elementCount: number;
  /** The wanted elements in it: the first one, and the distance between neighbours. */
  readonly boxStart: number;
  readonly strides: readonly number[];
  readonly counts: readonly number[];
  readonly to: readonly number[];
}

/**
 * The runs to read for a part of a chunk that lies in C order without codecs: one from the
 * first wanted element to the last, or several where large gaps lie between.
 */
export function* partRuns(axes: readonly AxisPart[], chunkStrides: readonly number[], itemsize: number): Generator<PartRun> {
  const strides = axes.map((axis, index) => axis.step * chunkStrides[index]!);
  const splitCount = axesWithGaps(axes, strides, itemsize);
  const counts = axes.map((axis, index) => (index < splitCount ? 1 : axis.count));
  // With a negative step the first wanted element is not the first in the file.
  const before = counts.reduce((total, count, index) => total + (count - 1) * Math.max(-strides[index]!, 0), 0);
  const after = counts.reduce((total, count, index) => total + (count - 1) * Math.max(strides[index]!, 0), 0);
  const first = axes.reduce((total, axis, index) => total + axis.from * chunkStrides[index]!, 0);
  const cursor = new Array<number>(splitCount).fill(0);
  for (;;) {
    const start = cursor.reduce((total, position, index) => total + position * strides[index]!, first);
    const to = axes.map((axis, index) => axis.to + (cursor[index] ?? 0));
    yield { start: start - before, elementCount: before + after + 1, boxStart: before, strides, counts, to };
    let axis = splitCount - 1;
    while (axis >= 0 && ++cursor[axis]! === axes[axis]!.count) cursor[axis--] = 0;
    if (axis < 0) return;
  }
}

/** How many leading axes have large gaps between their steps. */
function axesWithGaps(axes: readonly AxisPart[], strides: readonly number[], itemsize: number): number {
  let split = 0;
  // Elements from the first to the last wanted one of a single step of an axis.
  let extent = 1;
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const stride = Math.abs(strides[axis]!);
    const { count } = axes[axis]!;
    if (count > 1 && (stride - extent) * itemsize > gapByteLength) split = Math.max(split, axis + 1);
    extent += (count - 1) * stride;
  }
  return split;
}
