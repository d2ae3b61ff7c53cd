// The wire lists every chunk length of every axis. Where that would be too long a list,
// neighbouring chunks are published as one; reads of such blocks become reads of slices.
import { axisChunkCount, axisChunkLengths, type AxisChunks, type ChunkGrid } from '@tessera/domain';

/** Most chunk lengths that are listed for one axis. */
export const maxListedChunks = 10_000;

export interface PublishedGrid extends ChunkGrid {
  /** Whether its blocks are the stored chunks. */
  readonly isStored: boolean;
}

export function publishedGrid(grid: ChunkGrid): PublishedGrid {
  const chunks = grid.chunks.map((axisChunks, axis) => mergeChunks(grid.shape[axis]!, axisChunks));
  return { shape: grid.shape, chunks, isStored: chunks.every((axisChunks, axis) => axisChunks === grid.chunks[axis]) };
}

function mergeChunks(length: number, chunks: AxisChunks): AxisChunks {
  const count = axisChunkCount(length, chunks);
  if (count <= maxListedChunks) return chunks;
  const together = Math.ceil(count / maxListedChunks);
  if (typeof chunks === 'number') return chunks * together;
  const merged: number[] = [];
  chunks.forEach((part, index) => {
    if (index % together === 0) merged.push(part);
    else merged[merged.length - 1]! += part;
  });
  return merged;
}

/** Chunk lengths of every axis, as the wire lists them. */
export function listChunks(grid: ChunkGrid): number[][] {
  return grid.chunks.map((chunks, axis) => axisChunkLengths(grid.shape[axis]!, chunks));
}
