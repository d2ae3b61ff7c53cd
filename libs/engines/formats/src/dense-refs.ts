import { TesseraError, contiguousGrid, elementCount, gridShape, type AffineRefs, type ChunkGrid, type TableRefs } from '@tessera/domain';

/** An affine run needs no entries; a table needs one a chunk, which must fit in memory. */
const tableEntryLimit = 2 ** 22;

/**
 * Grid and refs of elements that lie without gaps in one file, first or last axis
 * slowest. Each chunk is one run, in the same order within as the whole.
 */
export function denseRefs(shape: readonly number[], itemsize: number, isFortranOrder: boolean, uri: string, byteOffset: number): { grid: ChunkGrid; refs: AffineRefs | TableRefs } {
  // Fortran order is C order of the reversed shape.
  const stored = contiguousGrid(isFortranOrder ? [...shape].reverse() : shape, Math.max(itemsize, 1));
  const grid: ChunkGrid = isFortranOrder ? { shape, chunks: [...stored.chunks].reverse() } : { shape, chunks: stored.chunks };
  const lengths = stored.chunks as readonly number[];
  const counts = gridShape(stored);
  const isEven = stored.shape.every((length, axis) => axis === 0 || length % lengths[axis]! === 0);
  const isInOrder = !isFortranOrder || counts.filter((count) => count > 1).length <= 1;
  if (isEven && isInOrder) {
    const byteStride = elementCount(lengths) * itemsize;
    return { grid, refs: { form: 'affine', uri, byteOffset, byteStride, byteLength: elementCount(shape) * itemsize } };
  }
  return { grid, refs: tableOfRuns(stored, counts, itemsize, isFortranOrder, uri, byteOffset) };
}

function tableOfRuns(stored: ChunkGrid, counts: readonly number[], itemsize: number, isReversed: boolean, uri: string, byteOffset: number): TableRefs {
  const total = elementCount(counts);
  if (total > tableEntryLimit) throw new TesseraError('gone', 'The array is too large to be served.');
  const refs = { form: 'table' as const, uris: [uri], byteOffsets: new Float64Array(total), byteLengths: new Float64Array(total) };
  const lengths = stored.chunks as readonly number[];
  const cursor = counts.map(() => 0);
  for (let done = 0; done < total; done++) {
    const origin = cursor.map((chunk, axis) => chunk * lengths[axis]!);
    const elements = origin.reduce((product, start, axis) => product * Math.min(lengths[axis]!, stored.shape[axis]! - start), 1);
    const flat = origin.reduce((element, start, axis) => element * stored.shape[axis]! + start, 0);
    const ordinal = isReversed ? reversedOrdinal(cursor, counts) : done;
    refs.byteOffsets[ordinal] = byteOffset + flat * itemsize;
    refs.byteLengths[ordinal] = elements * itemsize;
    for (let axis = counts.length - 1; axis >= 0 && ++cursor[axis]! === counts[axis]!; axis--) cursor[axis] = 0;
  }
  return refs;
}

/** Ordinal in the grid whose axes are those of `cursor` in reverse. */
function reversedOrdinal(cursor: readonly number[], counts: readonly number[]): number {
  let ordinal = 0;
  for (let axis = cursor.length - 1; axis >= 0; axis--) ordinal = ordinal * counts[axis]! + cursor[axis]!;
  return ordinal;
}
