import fc from 'fast-check';
import { chunkOriginAt, chunkShapeAt, elementCount, isChunkInGrid } from '../manifest/chunk-grid.ts';
import { planChunks } from './plan-chunks.ts';
import { resolveSelection, type AxisRange } from './selection.ts';
import { grids, selectionsOf } from './selection.arbitrary.ts';

/** All index tuples of a shape, in C order. */
function* tuples(shape: readonly number[]): Generator<number[]> {
  for (let flat = 0; flat < elementCount(shape); flat++) {
    let rest = flat;
    yield shape.map((_, axis) => Math.floor(rest / elementCount(shape.slice(axis + 1)))).map((quotient, axis) => {
      rest = flat;
      return quotient % shape[axis]!;
    });
  }
}

const flatIn = (shape: readonly number[], index: readonly number[]) => index.reduce((flat, at, axis) => flat * shape[axis]! + at, 0);

const cases = grids().chain((grid) => selectionsOf(grid.shape).map((selection) => ({ grid, ranges: resolveSelection(selection, grid.shape) })));

/** Element by element: what each place of the result shows, as a flat index of the array. */
const expected = (shape: readonly number[], ranges: readonly AxisRange[]) =>
  [...tuples(ranges.map((range) => range.count))].map((to) => flatIn(shape, to.map((i, axis) => ranges[axis]!.start + i * ranges[axis]!.step)));

describe('planChunks', () => {
  it('fills every place of the result once, with the right element', () => {
    fc.assert(fc.property(cases, ({ grid, ranges }) => {
      const counts = ranges.map((range) => range.count);
      const result: number[] = new Array<number>(elementCount(counts)).fill(-1);
      for (const { chunkIndex, axes } of planChunks(grid, ranges)) {
        const origin = chunkOriginAt(grid, chunkIndex);
        for (const within of tuples(axes.map((part) => part.count))) {
          const element = within.map((i, axis) => origin[axis]! + axes[axis]!.from + i * axes[axis]!.step);
          const place = flatIn(counts, within.map((i, axis) => axes[axis]!.to + i));
          expect(result[place]).toBe(-1);
          result[place] = flatIn(grid.shape, element);
        }
      }
      expect(result).toEqual(expected(grid.shape, ranges));
    }), { numRuns: 1_000 });
  });

  it('names only chunks of the grid, stays within each, and names none twice', () => {
    fc.assert(fc.property(cases, ({ grid, ranges }) => {
      const seen = new Set<string>();
      for (const { chunkIndex, axes } of planChunks(grid, ranges)) {
        expect(isChunkInGrid(grid, chunkIndex)).toBe(true);
        expect(seen.has(chunkIndex.join())).toBe(false);
        seen.add(chunkIndex.join());
        const extent = chunkShapeAt(grid, chunkIndex);
        axes.forEach(({ from, step, count }, axis) => {
          expect(count).toBeGreaterThan(0);
          for (const end of [from, from + (count - 1) * step]) expect(end >= 0 && end < extent[axis]!).toBe(true);
        });
      }
    }), { numRuns: 500 });
  });

  it('goes through the result in order', () => {
    fc.assert(fc.property(cases, ({ grid, ranges }) => {
      const firsts = [...planChunks(grid, ranges)].map(({ axes }) => axes.map((part) => part.to));
      const ordered = [...firsts].sort((a, b) => a.map((value, axis) => value - b[axis]!).find((difference) => difference !== 0) ?? 0);
      expect(firsts).toEqual(ordered);
    }));
  });

  it('touches one chunk of an array without axes', () => {
    expect([...planChunks({ shape: [], chunks: [] }, [])]).toEqual([{ chunkIndex: [], axes: [] }]);
  });
});
