import type { ArrayLayout, Call, ChunkGrid, ChunkPart } from '@tessera/domain';
import { cStrides, type Box } from './copy-region.ts';

/** Elements that were found for a part of a chunk: where they lie, and where they go. */
export interface Found {
  readonly box: Box;
  readonly counts: readonly number[];
  /** First element along each axis of the result. */
  readonly to: readonly number[];
}

/** An array as the reader sees it, whatever it is stored as: a grid of chunks that can be had in part. */
export interface ReadableArray {
  /** As it is published. */
  readonly layout: ArrayLayout;
  /** As it is read: its chunks are what is fetched and decoded together. */
  readonly grid: ChunkGrid;
  /** Most decoded bytes of one chunk. */
  readonly chunkByteLength: number;
  /** Parts of a chunk cost what they measure: nothing is decoded that is not asked for. */
  readonly readsParts: boolean;
  /** Hands the elements of a part to `found`, in any order; false if nothing was ever written there. */
  readPart(part: ChunkPart, found: (found: Found) => void, call: Call | undefined): Promise<boolean>;
}

/** A part of a chunk that is in memory whole, in C order. */
export function foundInChunk(part: ChunkPart, bytes: Uint8Array, chunkShape: readonly number[]): Found {
  const strides = cStrides(chunkShape);
  return {
    box: {
      bytes,
      start: part.axes.reduce((start, axis, index) => start + axis.from * strides[index]!, 0),
      strides: part.axes.map((axis, index) => axis.step * strides[index]!),
    },
    counts: part.axes.map((axis) => axis.count),
    to: part.axes.map((axis) => axis.to),
  };
}
