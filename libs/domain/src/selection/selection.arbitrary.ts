// Random shapes, grids and selections for the property tests of the domain. Loaded by tests only.
import fc from 'fast-check';
import type { AxisChunks, ChunkGrid } from '../manifest/chunk-grid.ts';
import type { Selection, SelectionItem } from './selection.ts';

export const shapes = fc.array(fc.nat(9), { maxLength: 4 });
/** Shapes with at least one element. */
export const filledShapes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 });

function axisChunks(length: number): fc.Arbitrary<AxisChunks> {
  const regular = fc.integer({ min: 1, max: 11 });
  // Cuts of the axis, some of them in the same place: then a chunk is empty.
  const cut = fc.array(fc.nat(length), { maxLength: 4 }).map((cuts) => {
    const ends = [...cuts.sort((a, b) => a - b), length];
    return ends.map((end, i) => end - (ends[i - 1] ?? 0));
  });
  return fc.oneof<fc.Arbitrary<AxisChunks>[]>(regular, cut);
}

export function grids(shape: fc.Arbitrary<number[]> = shapes): fc.Arbitrary<ChunkGrid> {
  return shape.chain((lengths) => fc.tuple(...lengths.map(axisChunks)).map((chunks) => ({ shape: lengths, chunks })));
}

/** Grids without lists: one chunk length an axis. */
export function regularGrids(shape: fc.Arbitrary<number[]> = shapes): fc.Arbitrary<ChunkGrid> {
  return shape.chain((lengths) => fc.tuple(...lengths.map(() => fc.integer({ min: 1, max: 11 }))).map((chunks) => ({ shape: lengths, chunks })));
}

const bound = fc.option(fc.integer({ min: -14, max: 14 }), { nil: undefined });
const step = fc.option(fc.integer({ min: -12, max: 12 }).filter((value) => value !== 0), { nil: undefined });

export const slices: fc.Arbitrary<SelectionItem> = fc.tuple(bound, bound, step).map(([start, stop, by]) => ({
  kind: 'slice',
  ...(start === undefined ? {} : { start }),
  ...(stop === undefined ? {} : { stop }),
  ...(by === undefined ? {} : { step: by }),
}));

/** Valid selections of a shape: integers only within their axis, sometimes fewer items than axes. */
export function selectionsOf(shape: readonly number[]): fc.Arbitrary<Selection> {
  const items = shape.map((length) => {
    if (length === 0) return slices;
    const index = fc.integer({ min: -length, max: length - 1 }).map((value): SelectionItem => ({ kind: 'index', index: value }));
    return fc.oneof({ weight: 3, arbitrary: slices }, { weight: 1, arbitrary: index });
  });
  return fc.tuple(fc.tuple(...items), fc.nat(shape.length)).map(([all, count]) => all.slice(0, count));
}
