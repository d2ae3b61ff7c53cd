// Where the bytes of a dataset lie, as the refs of a manifest.
import { chunkOriginAt, contiguousGrid, elementCount, gridShape, type AffineRefs, type ChunkGrid, type TableRefs } from '@tessera/domain';
import type { ChunkBudget } from './chunk-table.ts';

/** A grid whose chunks are never written: the fill value everywhere. */
export function missingRefs(grid: ChunkGrid, uri: string, budget: ChunkBudget): TableRefs {
  const count = elementCount(gridShape(grid));
  budget.take(count);
  return { form: 'table', uris: [uri], byteOffsets: new Float64Array(count).fill(-1), byteLengths: new Float64Array(count) };
}

/** Cuts an array that lies in one run so that a chunk decodes to a moderate size. */
export function gridOfRun(shape: readonly number[], itemByteLength: number): ChunkGrid {
  return contiguousGrid(shape, Math.max(itemByteLength, 1));
}

/** Refs of an array that lies in C order, without gaps, from `byteOffset` on. */
export function refsOfRun(grid: ChunkGrid, itemByteLength: number, uri: string, byteOffset: number, budget: ChunkBudget): AffineRefs | TableRefs {
  const lengths = grid.chunks as readonly number[];
  const byteLength = elementCount(grid.shape) * itemByteLength;
  // An inner axis that is cut unevenly has a short chunk in each row: equal strides would run past it.
  const isEven = grid.shape.every((length, axis) => axis === 0 || length % lengths[axis]! === 0);
  if (isEven) return { form: 'affine', uri, byteOffset, byteStride: elementCount(lengths) * itemByteLength, byteLength };
  const counts = gridShape(grid);
  const refs = missingRefs(grid, uri, budget);
  for (let ordinal = 0; ordinal < refs.byteOffsets.length; ordinal++) {
    const chunkIndex = indexOf(ordinal, counts);
    const origin = chunkOriginAt(grid, chunkIndex);
    const elements = grid.shape.reduce((product, length, axis) => product * Math.min(lengths[axis]!, length - origin[axis]!), 1);
    refs.byteOffsets[ordinal] = byteOffset + origin.reduce((flat, start, axis) => flat * grid.shape[axis]! + start, 0) * itemByteLength;
    refs.byteLengths[ordinal] = elements * itemByteLength;
  }
  return refs;
}

function indexOf(ordinal: number, counts: readonly number[]): number[] {
  const index = counts.map(() => 0);
  for (let axis = counts.length - 1, rest = ordinal; axis >= 0; axis--) {
    index[axis] = rest % counts[axis]!;
    rest = Math.floor(rest / counts[axis]!);
  }
  return index;
}
