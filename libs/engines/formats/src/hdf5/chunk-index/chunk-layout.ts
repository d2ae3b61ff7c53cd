import type { ChunkTable } from '../chunk-table.ts';
import type { Hdf5File } from '../hdf5-file.ts';
import type { ChunkIndex } from '../messages/layout.ts';

/** What every chunk index needs to know of the dataset. */
export interface ChunkLayout {
  readonly file: Hdf5File;
  readonly index: ChunkIndex;
  readonly address: number;
  readonly shape: readonly number[];
  /** Infinity where unlimited. */
  readonly maxShape: readonly number[];
  readonly chunkShape: readonly number[];
  /** Of a chunk before filters. */
  readonly chunkByteLength: number;
  readonly isFiltered: boolean;
}

/** Enters the chunks that were written into the table. @throws TesseraError gone. */
export type ReadChunkIndex = (layout: ChunkLayout, table: ChunkEntries) => Promise<void>;

/** The side of a chunk table that an index writes to; masks are HDF5's, by filter. */
export interface ChunkEntries {
  readonly counts: ChunkTable['counts'];
  set(chunkIndex: readonly number[], address: number, byteLength: number, filterMask?: number): void;
}

/** Chunks along each axis if it had its greatest length. */
export function maxCounts({ maxShape, chunkShape }: ChunkLayout): number[] {
  return maxShape.map((length, axis) => Math.ceil(length / chunkShape[axis]!));
}
