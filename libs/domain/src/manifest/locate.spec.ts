import fc from 'fast-check';
import { filledShapes, regularGrids } from '../selection/selection.arbitrary.ts';
import { chunkOrdinal, chunkOriginAt, chunkShapeAt, contiguousGrid, elementCount, gridShape, type ChunkGrid } from './chunk-grid.ts';
import type { ChunkRefs, SeriesRefs } from './chunk-refs.ts';
import { locate } from './locate.ts';
import type { ArrayManifest } from './manifest.ts';
import type { Source } from './indexed-source.ts';

const manifestOf = (grid: ChunkGrid, refs: ChunkRefs, edge: ArrayManifest['edge'] = 'clipped'): ArrayManifest => ({
  kind: 'array', dataType: { kind: 'u', itemsize: 2, endianness: 'little' }, grid, edge, codecs: [], refs, sources: [],
});

function indexOf(grid: ChunkGrid, ordinal: number): number[] {
  const counts = gridShape(grid);
  let rest = ordinal;
  const index: number[] = [];
  for (let axis = counts.length - 1; axis >= 0; axis--) {
    index[axis] = rest % counts[axis]!;
    rest = Math.floor(rest / counts[axis]!);
  }
  return index;
}
const ordinals = (grid: ChunkGrid) => Array.from({ length: elementCount(gridShape(grid)) }, (_, ordinal) => ordinal);

/** Flat element numbers of a chunk in C order of the array. */
function elementsOf(grid: ChunkGrid, index: readonly number[]): number[] {
  const extent = chunkShapeAt(grid, index);
  const origin = chunkOriginAt(grid, index);
  return Array.from({ length: elementCount(extent) }, (_, flat) => {
    let rest = flat;
    let element = 0;
    let stride = 1;
    for (let axis = extent.length - 1; axis >= 0; axis--) {
      element += (origin[axis]! + (rest % extent[axis]!)) * stride;
      rest = Math.floor(rest / extent[axis]!);
      stride *= grid.shape[axis]!;
    }
    return element;
  });
}

describe('locate', () => {
  it('finds each chunk of contiguous bytes, however they are cut', () => {
    fc.assert(fc.property(filledShapes, fc.constantFrom(1, 2, 8), fc.integer({ min: 1, max: 300 }), fc.nat(1000), (shape, itemsize, target, byteOffset) => {
      const grid = contiguousGrid(shape, itemsize, target);
      const byteStride = elementCount(chunkShapeAt(grid, shape.map(() => 0))) * itemsize;
      const manifest = manifestOf(grid, { form: 'affine', uri: 'file:///a.npy', byteOffset, byteStride, byteLength: elementCount(shape) * itemsize });
      for (const ordinal of ordinals(grid)) {
        const index = indexOf(grid, ordinal);
        const elements = elementsOf(grid, index);
        expect(locate(manifest, index)).toEqual({
          kind: 'range', uri: 'file:///a.npy', byteOffset: byteOffset + elements[0]! * itemsize, byteLength: elements.length * itemsize,
        });
      }
    }), { numRuns: 500 });
  });

  it('finds clipped chunks of any grid that lie one behind the other', () => {
    fc.assert(fc.property(regularGrids(filledShapes), (grid) => {
      const byteLengths = ordinals(grid).map((ordinal) => elementCount(chunkShapeAt(grid, indexOf(grid, ordinal))) * 2);
      const total = byteLengths.reduce((sum, length) => sum + length, 0);
      const manifest = manifestOf(grid, { form: 'affine', uri: 'file:///a', byteOffset: 64, byteStride: byteLengths[0]!, byteLength: total });
      let byteOffset = 64;
      for (const ordinal of ordinals(grid)) {
        expect(locate(manifest, indexOf(grid, ordinal))).toEqual({ kind: 'range', uri: 'file:///a', byteOffset, byteLength: byteLengths[ordinal] });
        byteOffset += byteLengths[ordinal]!;
      }
    }));
  });

  it('finds padded chunks at equal strides', () => {
    fc.assert(fc.property(regularGrids(filledShapes), (grid) => {
      const count = elementCount(gridShape(grid));
      const manifest = manifestOf(grid, { form: 'affine', uri: 'file:///a', byteOffset: 8, byteStride: 100, byteLength: count * 100 }, 'padded');
      for (const ordinal of ordinals(grid)) {
        expect(locate(manifest, indexOf(grid, ordinal))).toEqual({ kind: 'range', uri: 'file:///a', byteOffset: 8 + ordinal * 100, byteLength: 100 });
      }
    }));
  });

  it('leaves out what lies between chunks', () => {
    const grid = { shape: [7], chunks: [2] };
    const manifest = manifestOf(grid, { form: 'affine', uri: 'file:///a', byteOffset: 8, byteStride: 100, chunkByteLength: 54, byteLength: 304 }, 'padded');
    const found = ordinals(grid).map((ordinal) => locate(manifest, [ordinal]));
    expect(found).toEqual([[8, 54], [108, 54], [208, 54], [308, 4]].map(([byteOffset, byteLength]) => ({ kind: 'range', uri: 'file:///a', byteOffset, byteLength })));
  });

  it('puts a suffix behind every key', () => {
    const refs = { form: 'template', prefix: 'file:///a', keyPrefix: 'c/', separator: '/', scalarKey: 'c', keySuffix: '.bin' } as const;
    expect(locate(manifestOf({ shape: [7, 3], chunks: [2, 2] }, refs), [1, 0])).toEqual({ kind: 'object', uri: 'file:///a/c/1/0.bin' });
    expect(locate(manifestOf({ shape: [], chunks: [] }, refs), [])).toEqual({ kind: 'object', uri: 'file:///a/c.bin' });
  });

  it('finds the file and the place of every chunk of a series', () => {
    const grid = { shape: [3, 4], chunks: [1, 2] };
    const refs: SeriesRefs = {
      form: 'series', prefix: 'file:///a/f_', suffix: '.tif', width: 3,
      numbers: Float64Array.of(8, 9, 1000), fileByteLengths: Float64Array.of(50, NaN, 70), modifiedAtMs: Float64Array.of(1.5e12, NaN, 1.6e12),
      tables: Uint32Array.of(1, 0, 2), tableCount: 2, chunksPerFrame: 2,
      byteOffsets: Float64Array.of(10, 20, 30, -1), byteLengths: Float64Array.of(1, 2, 3, 0), reasons: ['It is cut off.'],
    };
    const manifest = manifestOf(grid, refs, 'clipped');
    const first = { uri: 'file:///a/f_008.tif', byteLength: 50, modifiedAtMs: 1.5e12 };
    const second = { uri: 'file:///a/f_009.tif' };
    const third = { uri: 'file:///a/f_1000.tif', byteLength: 70, modifiedAtMs: 1.6e12 };
    const range = (source: Source, byteOffset: number, byteLength: number) => ({ kind: 'range', uri: source.uri, byteOffset, byteLength, source });
    expect(ordinals(grid).map((ordinal) => locate(manifest, [Math.floor(ordinal / 2), ordinal % 2]))).toEqual([
      range(first, 30, 3), undefined, range(second, 10, 1), range(second, 20, 2),
      { ...range(third, 0, 0), problem: 'It is cut off.' }, { ...range(third, 0, 0), problem: 'It is cut off.' },
    ]);
  });

  it('looks chunks up in a table, where -1 is missing', () => {
    fc.assert(fc.property(regularGrids(filledShapes), fc.infiniteStream(fc.integer({ min: -1, max: 1e12 })), (grid, offsets) => {
      const count = elementCount(gridShape(grid));
      const byteOffsets = Float64Array.from({ length: count }, () => offsets.next().value);
      const refs: ChunkRefs = {
        form: 'table', uris: ['file:///a', 'file:///b'], uriIndex: Uint32Array.from({ length: count }, (_, i) => i % 2), byteOffsets,
        byteLengths: Float64Array.from({ length: count }, (_, i) => i + 1), codecMasks: Uint32Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 2 : 0)),
      };
      for (const ordinal of ordinals(grid)) {
        const found = locate(manifestOf(grid, refs, 'padded'), indexOf(grid, ordinal));
        if (byteOffsets[ordinal]! < 0) expect(found).toBeUndefined();
        else {
          expect(found).toEqual({
            kind: 'range', uri: ordinal % 2 === 0 ? 'file:///a' : 'file:///b', byteOffset: byteOffsets[ordinal], byteLength: ordinal + 1, ...(ordinal % 3 === 0 ? { codecMask: 2 } : {}),
          });
        }
      }
    }));
  });

  it('makes keys of Zarr chunks', () => {
    const v2: ChunkRefs = { form: 'template', prefix: 'file:///z/a', keyPrefix: '', separator: '.', scalarKey: '0' };
    const v3: ChunkRefs = { form: 'template', prefix: 'file:///z/a', keyPrefix: 'c/', separator: '/', scalarKey: 'c' };
    const grid = { shape: [10, 10], chunks: [5, 3] };
    expect(locate(manifestOf(grid, v2), [1, 3])).toEqual({ kind: 'object', uri: 'file:///z/a/1.3' });
    expect(locate(manifestOf(grid, v3), [1, 3])).toEqual({ kind: 'object', uri: 'file:///z/a/c/1/3' });
    expect(locate(manifestOf({ shape: [], chunks: [] }, v2), [])).toEqual({ kind: 'object', uri: 'file:///z/a/0' });
    expect(locate(manifestOf({ shape: [], chunks: [] }, v3), [])).toEqual({ kind: 'object', uri: 'file:///z/a/c' });
  });

  it('gives bytes that are in the manifest, and nothing outside the grid', () => {
    const bytes = Uint8Array.of(1, 2);
    const manifest = manifestOf({ shape: [1], chunks: [1] }, { form: 'inline', bytes });
    expect(locate(manifest, [0])).toEqual({ kind: 'inline', bytes });
    for (const index of [[1], [-1], [], [0, 0], [0.5], [NaN]]) expect(locate(manifest, index)).toBeUndefined();
  });

  it('numbers chunks as the table is laid out', () => {
    expect(chunkOrdinal({ shape: [4, 6], chunks: [2, 2] }, [1, 2])).toBe(5);
  });
});
