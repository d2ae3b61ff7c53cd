import { axisChunkCount, type AxisChunks, type ChunkGrid } from '../manifest/chunk-grid.ts';
import type { AxisRange } from './selection.ts';

/** The part of one chunk that a selection needs, along one axis. Units: elements. */
export interface AxisPart {
  readonly chunk: number;
  /** First element wanted, counted from the start of the chunk. */
  readonly from: number;
  readonly step: number;
  readonly count: number;
  /** Where its first element goes in the result. */
  readonly to: number;
}

/** One chunk of a plan: which, and what of it goes where, axis by axis. */
export interface ChunkPart {
  readonly chunkIndex: readonly number[];
  readonly axes: readonly AxisPart[];
}

/**
 * Which chunks a resolved selection touches, and which part of each, in C order
 * of the result. Only chunks that contribute an element appear.
 */
export function* planChunks(grid: ChunkGrid, ranges: readonly AxisRange[]): Generator<ChunkPart> {
  const axes = ranges.map((range, axis) => planAxis(grid.shape[axis]!, grid.chunks[axis]!, range));
  if (axes.some((parts) => parts.length === 0)) return;
  const cursor = axes.map(() => 0);
  for (;;) {
    const parts = axes.map((axisParts, axis) => axisParts[cursor[axis]!]!);
    yield { chunkIndex: parts.map((part) => part.chunk), axes: parts };
    let axis = axes.length - 1;
    while (axis >= 0 && ++cursor[axis]! === axes[axis]!.length) cursor[axis--] = 0;
    if (axis < 0) return;
  }
}

/** The parts of an axis that a range touches, in the order of the result. */
export function planAxis(length: number, chunks: AxisChunks, range: AxisRange): AxisPart[] {
  const parts: AxisPart[] = [];
  const starts = chunkStarts(length, chunks);
  let done = 0;
  while (done < range.count) {
    const at = range.start + done * range.step;
    const chunk = starts.chunkOf(at);
    const start = starts.startOf(chunk);
    const end = starts.startOf(chunk + 1);
    const room = range.step > 0 ? Math.ceil((end - at) / range.step) : Math.floor((at - start) / -range.step) + 1;
    const count = Math.min(room, range.count - done);
    parts.push({ chunk, from: at - start, step: range.step, count, to: done });
    done += count;
  }
  return parts;
}

function chunkStarts(length: number, chunks: AxisChunks) {
  if (typeof chunks === 'number') {
    return {
      chunkOf: (element: number) => Math.floor(element / chunks),
      startOf: (chunk: number) => Math.min(chunk * chunks, length),
    };
  }
  const starts = [0];
  for (const part of chunks) starts.push(starts[starts.length - 1]! + part);
  const count = axisChunkCount(length, chunks);
  return {
    startOf: (chunk: number) => starts[Math.min(chunk, count)]!,
    chunkOf: (element: number) => {
      let low = 0;
      let high = count;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (starts[middle + 1]! <= element) low = middle + 1;
        else high = middle;
      }
      return low;
    },
  };
}
