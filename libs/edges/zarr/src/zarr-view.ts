import { regularChunkShape, type ArrayLayout, type AxisChunks, type CodecSpec } from '@tessera/domain';

/** What is published of an array in one version of Zarr: a regular grid, and the codecs that the reader is asked for. */
export interface ZarrView {
  readonly chunkShape: readonly number[];
  readonly codecs: readonly CodecSpec[];
}

/** The stored chunk shape, or undefined for a grid that is not regular. */
export function storedChunkShape(layout: ArrayLayout): readonly number[] | undefined {
  return regularChunkShape(layout.grid);
}

/**
 * The chunk shape for chunks that are made anew: that of the stored chunks, of the inner ones
 * of shards, or for an irregular grid a regular one.
 */
export function remadeChunkShape(layout: ArrayLayout): readonly number[] {
  const sharding = layout.codecs.find((codec) => codec.name === 'sharding_indexed');
  const innerShape = sharding?.configuration?.['chunk_shape'];
  if (isChunkShape(innerShape, layout.grid.shape.length)) return innerShape;
  return storedChunkShape(layout) ?? layout.grid.chunks.map((chunks, axis) => longestChunk(layout.grid.shape[axis]!, chunks));
}

function isChunkShape(found: unknown, rank: number): found is readonly number[] {
  return Array.isArray(found) && found.length === rank && found.every((length) => Number.isSafeInteger(length) && length > 0);
}

/** Longest a made-up chunk gets along an axis; keeps grids of odd files usable. */
const maxAxisLength = 10_000;

function longestChunk(length: number, chunks: AxisChunks): number {
  const longest = typeof chunks === 'number' ? chunks : chunks.reduce((most, part) => Math.max(most, part), 1);
  return Math.min(Math.max(longest, 1), maxAxisLength, Math.max(length, 1));
}

/** Number of published chunks along each axis. */
export function publishedGridShape(layout: ArrayLayout, view: ZarrView): number[] {
  return layout.grid.shape.map((length, axis) => Math.ceil(length / view.chunkShape[axis]!));
}
