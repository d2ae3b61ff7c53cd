import fc from 'fast-check';
import { isTesseraError } from '../errors/tessera-error.ts';
import { grids, regularGrids, shapes } from '../selection/selection.arbitrary.ts';
import {
  axisChunkCount, axisChunkLengths, checkGrid, chunkOrdinal, chunkOriginAt, chunkShapeAt, contiguousGrid, elementCount, gridShape, isChunkInGrid,
  regularChunkShape, type ChunkGrid,
} from './chunk-grid.ts';

function* chunkIndices(grid: ChunkGrid): Generator<number[]> {
  const counts = gridShape(grid);
  for (let flat = 0; flat < elementCount(counts); flat++) {
    let rest = flat;
    const index: number[] = [];
    for (let axis = counts.length - 1; axis >= 0; axis--) {
      index[axis] = rest % counts[axis]!;
      rest = Math.floor(rest / counts[axis]!);
    }
    yield index;
  }
}

describe('a chunk grid', () => {
  it('is valid, and its chunk lengths make up each axis', () => {
    fc.assert(fc.property(grids(), (grid) => {
      checkGrid(grid);
      grid.shape.forEach((length, axis) => {
        const lengths = axisChunkLengths(length, grid.chunks[axis]!);
        expect(lengths.reduce((sum, part) => sum + part, 0)).toBe(length);
        if (length > 0) expect(lengths).toHaveLength(axisChunkCount(length, grid.chunks[axis]!));
      });
    }));
  });

  it('covers every element once', () => {
    fc.assert(fc.property(grids(), (grid) => {
      const elements = [...chunkIndices(grid)].reduce((sum, index) => sum + elementCount(chunkShapeAt(grid, index)), 0);
      expect(elements).toBe(elementCount(grid.shape));
      for (const index of chunkIndices(grid)) {
        const end = chunkOriginAt(grid, index).map((first, axis) => first + chunkShapeAt(grid, index)[axis]!);
        expect(end.every((last, axis) => last <= grid.shape[axis]!)).toBe(true);
      }
    }));
  });

  it('numbers its chunks in C order', () => {
    fc.assert(fc.property(grids(), (grid) => {
      expect([...chunkIndices(grid)].map((index) => chunkOrdinal(grid, index))).toEqual([...chunkIndices(grid)].map((_, flat) => flat));
    }));
  });

  it('knows what lies in it', () => {
    fc.assert(fc.property(grids(), fc.array(fc.integer({ min: -2, max: 12 }), { maxLength: 4 }), (grid, index) => {
      const listed = [...chunkIndices(grid)].some((known) => known.join() === index.join() && known.length === index.length);
      expect(isChunkInGrid(grid, index)).toBe(listed);
    }));
    expect(isChunkInGrid({ shape: [4], chunks: [2] }, [0.5])).toBe(false);
    expect(isChunkInGrid({ shape: [], chunks: [] }, [])).toBe(true);
  });

  it('is regular exactly if one chunk length, cut at the end, describes it', () => {
    fc.assert(fc.property(regularGrids(), (grid) => {
      expect(regularChunkShape(grid)).toEqual(grid.chunks);
      const explicit = { shape: grid.shape, chunks: grid.shape.map((length, axis) => axisChunkLengths(length, grid.chunks[axis]!)) };
      const found = regularChunkShape(explicit)!;
      explicit.shape.forEach((length, axis) => expect(axisChunkLengths(length, found[axis]!)).toEqual(explicit.chunks[axis]));
    }));
    expect(regularChunkShape({ shape: [5], chunks: [[2, 3]] })).toBeUndefined();
    expect(regularChunkShape({ shape: [5], chunks: [[2, 1, 2]] })).toBeUndefined();
    expect(regularChunkShape({ shape: [0], chunks: [[]] })).toEqual([1]);
  });
});

describe('contiguousGrid', () => {
  it('cuts C-order bytes into runs of bounded length', () => {
    fc.assert(fc.property(shapes, fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 600 }), (shape, itemsize, target) => {
      const grid = contiguousGrid(shape, itemsize, target);
      checkGrid(grid);
      for (const index of chunkIndices(grid)) {
        const extent = chunkShapeAt(grid, index);
        expect(elementCount(extent) * itemsize).toBeLessThanOrEqual(Math.max(target, itemsize));
        // One run: behind the first axis that is longer than 1, every axis is whole.
        const first = extent.findIndex((length) => length > 1);
        if (first >= 0) expect(extent.slice(first + 1)).toEqual(shape.slice(first + 1));
      }
    }));
  });

  it('does not cut what is small', () => {
    expect(contiguousGrid([3, 4], 8).chunks).toEqual([3, 4]);
    expect(contiguousGrid([], 8)).toEqual({ shape: [], chunks: [] });
    expect(contiguousGrid([0, 4], 8).chunks).toEqual([1, 4]);
  });
});

describe('checkGrid', () => {
  it.each([
    [{ shape: [3], chunks: [] }], [{ shape: [3], chunks: [[1, 1]] }], [{ shape: [3], chunks: [0] }], [{ shape: [3], chunks: [1.5] }], [{ shape: [3], chunks: [-1] }],
    [{ shape: [3], chunks: [[5, -2]] }], [{ shape: [3], chunks: [[1.5, 1.5]] }], [{ shape: [-1], chunks: [1] }], [{ shape: [1.5], chunks: [1] }], [{ shape: [NaN], chunks: [1] }],
  ] as [ChunkGrid][])('refuses %j', (grid) => {
    let thrown: unknown;
    try {
      checkGrid(grid);
    } catch (error) {
      thrown = error;
    }
    expect(isTesseraError(thrown, 'unprocessable')).toBe(true);
  });
});
