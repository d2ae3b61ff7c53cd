// Arrays put together from parts of other arrays, with no chunk of their own (HDF5's virtual datasets).
import type { AxisRange } from '../selection/selection.ts';
import type { ArrayManifest } from './manifest.ts';

export interface MosaicRefs {
  readonly form: 'mosaic';
  /** Each array that parts are taken of, once. Their sources are among those of the whole. */
  readonly arrays: readonly ArrayManifest[];
  /** Later tiles lie over earlier ones; where there is none, the fill value of the whole counts. */
  readonly tiles: readonly Tile[];
}

/** A part of an array, and its place in the whole. */
export interface Tile {
  /** Index into the mosaic's `arrays`. */
  readonly array: number;
  /** By axis of the whole. */
  readonly axes: readonly TileAxis[];
  /** By axis of the array: the element that is taken of axes which no axis of the whole runs along; others 0. */
  readonly origin: readonly number[];
}

export interface TileAxis {
  /** The array's axis that this axis of the whole runs along; absent where the whole has one element of none. */
  readonly axis?: number;
  /** Ascending in the whole, without overlap. */
  readonly runs: readonly TileRuns[];
}

/** `count` runs of `length` elements, `stride` apart in the whole and `arrayStride` apart in the array. */
export interface TileRuns {
  readonly start: number;
  readonly stride: number;
  readonly count: number;
  readonly length: number;
  readonly arrayStart: number;
  readonly arrayStride: number;
}

/** Elements of an axis that a range has of a tile: `range` of the array's axis, to every `toStep`-th place of the result from `to` on. */
export interface TilePiece {
  readonly range: Pick<AxisRange, 'start' | 'step' | 'count'>;
  readonly to: number;
  readonly toStep: number;
}

/** First element of the whole that the runs have, and one more than the last. */
export function tileExtent(runs: readonly TileRuns[]): { readonly start: number; readonly end: number } {
  const last = runs.at(-1);
  return last ? { start: runs[0]!.start, end: last.start + (last.count - 1) * last.stride + last.length } : { start: 0, end: 0 };
}

/** What `range`, an axis of the whole, has of a tile. */
export function* planTile(runs: readonly TileRuns[], { start, step, count }: Pick<AxisRange, 'start' | 'step' | 'count'>): Generator<TilePiece> {
  const last = start + (count - 1) * step;
  const [low, high] = step > 0 ? [start, last] : [last, start];
  for (const run of runs) {
    const firstRun = run.count === 1 ? 0 : Math.max(0, Math.floor((low - run.start - run.length) / run.stride) + 1);
    const lastRun = run.count === 1 ? 0 : Math.min(run.count - 1, Math.floor((high - run.start) / run.stride));
    if (run.length === 1 && Math.abs(step) === 1) {
      if (run.start + firstRun * run.stride > high || run.start + lastRun * run.stride < low || lastRun < firstRun) continue;
      // Single elements at equal distances are one piece: interleaved frames.
      const here = { start: run.arrayStart + firstRun * run.arrayStride, step: run.arrayStride || 1, count: lastRun - firstRun + 1 };
      const range = step > 0 ? here : { start: run.arrayStart + lastRun * run.arrayStride, step: -here.step, count: here.count };
      const first = run.start + (step > 0 ? firstRun : lastRun) * run.stride;
      yield { range, to: (first - start) / step, toStep: run.stride };
      continue;
    }
    for (let number = firstRun; number <= lastRun; number++) {
      const at = run.start + number * run.stride;
      const arrayAt = run.arrayStart + number * run.arrayStride;
      const piece = pieceOf(at, at + run.length - 1, { start, step, count });
      if (piece) yield { range: { start: arrayAt + start + piece.from * step - at, step, count: piece.count }, to: piece.from, toStep: 1 };
    }
  }
}

/** Which steps of a range fall between two elements, both included. */
function pieceOf(first: number, last: number, { start, step, count }: Pick<AxisRange, 'start' | 'step' | 'count'>): { from: number; count: number } | undefined {
  const [enter, leave] = step > 0 ? [first, last] : [last, first];
  const from = Math.max(0, Math.ceil((enter - start) / step));
  const to = Math.min(count - 1, Math.floor((leave - start) / step));
  return to < from ? undefined : { from, count: to - from + 1 };
}
