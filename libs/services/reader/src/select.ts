import {
  TesseraError, axisChunkCount, axisChunkExtent, axisChunkLengths, isTesseraError, resolveSelection,
  type AxisRange, type ChunkGrid, type Selection,
} from '@tessera/domain';

/** Chunk lengths that an error message names, of an axis. */
const maxNamedLengths = 20;

/**
 * The elements that a request selects: of the whole array, or of one chunk of its grid.
 * @throws TesseraError invalid_argument if the selection does not fit the array; unprocessable if
 *   there is no such block, or the selection does not fit it.
 */
export function selectRanges(grid: ChunkGrid, selection: Selection, block: readonly number[] | undefined): AxisRange[] {
  if (!block) return resolveSelection(selection, grid.shape);
  const extents = blockExtents(grid, block);
  try {
    const ranges = resolveSelection(selection, extents.map((extent) => extent.length));
    return ranges.map((range, axis) => ({ ...range, start: range.start + extents[axis]!.start }));
  } catch (error) {
    if (isTesseraError(error, 'invalid_argument')) throw new TesseraError('unprocessable', error.message, error.details);
    throw error;
  }
}

function blockExtents(grid: ChunkGrid, block: readonly number[]) {
  // An axis without elements is published as one chunk of length 0.
  const countOf = (axis: number) => Math.max(axisChunkCount(grid.shape[axis]!, grid.chunks[axis]!), 1);
  const isInside = block.length === grid.shape.length
    && block.every((index, axis) => Number.isInteger(index) && index >= 0 && index < countOf(axis));
  if (!isInside) {
    throw new TesseraError(
      'unprocessable',
      `Block parameter does not match the chunks dimensionality. Expected ${grid.shape.length} comma-separated integers, that index ${formatChunks(grid)}, got ${tuple(block)}.`,
    );
  }
  return block.map((index, axis) => (grid.shape[axis] === 0 ? { start: 0, length: 0 } : axisChunkExtent(grid.shape[axis]!, grid.chunks[axis]!, index)));
}

function formatChunks(grid: ChunkGrid): string {
  return tuple(grid.shape.map((length, axis) => {
    const chunks = grid.chunks[axis]!;
    const count = axisChunkCount(length, chunks);
    if (count <= maxNamedLengths) return tuple(axisChunkLengths(length, chunks));
    const first = typeof chunks === 'number' ? chunks : chunks[0]!;
    return `(${first}, … ${count} lengths)`;
  }));
}

/** As Python writes a tuple. */
function tuple(items: readonly (number | string)[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
}
