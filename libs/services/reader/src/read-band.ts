import { elementCount, passPieceOn, planChunks, type AxisRange, type Call, type ChunkGrid, type ChunkPart } from '@tessera/domain';
import { assemble, fill } from './assemble.ts';
import { copyRegion, cStrides } from './copy-region.ts';
import { lendPiece } from './piece-memory.ts';
import type { Found, ReadableArray } from './readable-array.ts';

export interface Band {
  /** In C order, without gaps. To be read only: it may be a view of a kept chunk. If it is not, it can be released. */
  readonly bytes: Uint8Array;
  /** Whether any chunk was there; if not, all is fill value. */
  readonly isThere: boolean;
}

/** What the ranges select, held in memory; without a copy if it is one run of one chunk. */
export async function readBand(array: ReadableArray, ranges: readonly AxisRange[], chunkConcurrency: number, call: Call | undefined): Promise<Band> {
  const shape = ranges.map((range) => range.count);
  const { itemsize } = array.layout.dataType;
  const part = onlyPart(array.grid, ranges);
  if (!part) {
    const bytes = lendPiece(elementCount(shape) * itemsize);
    return { bytes, isThere: await assemble(array, ranges, { bytes, shape }, chunkConcurrency, call) };
  }
  const strides = cStrides(shape);
  let bytes: Uint8Array | undefined;
  const isThere = await array.readPart(part, (found) => {
    if (isWholeRun(found, shape, strides)) {
      const { box } = found;
      const view = box.bytes.subarray(box.start * itemsize, (box.start + found.counts.reduce((product, count) => product * count, 1)) * itemsize);
      // A view keeps the whole chunk in memory until its client has taken it.
      bytes = view.byteLength * 2 < box.bytes.buffer.byteLength ? new Uint8Array(view) : passPieceOn(box.bytes, view);
      return;
    }
    bytes ??= lendPiece(elementCount(shape) * itemsize);
    const start = found.to.reduce((total, index, axis) => total + index * strides[axis]!, 0);
    copyRegion(found.box, { bytes, start, strides }, found.counts, itemsize);
  }, call);
  if (isThere && bytes) return { bytes, isThere };
  bytes = lendPiece(elementCount(shape) * itemsize);
  fill(array, { bytes, shape });
  return { bytes, isThere };
}

/** The part of a selection that touches one chunk only. */
function onlyPart(grid: ChunkGrid, ranges: readonly AxisRange[]): ChunkPart | undefined {
  const parts = planChunks(grid, ranges);
  const first = parts.next();
  return !first.done && parts.next().done ? first.value : undefined;
}

/** Whether found elements are all that is wanted, and lie as they are wanted. */
function isWholeRun({ box, counts }: Found, shape: readonly number[], strides: readonly number[]): boolean {
  return counts.every((count, axis) => count === shape[axis] && (count === 1 || box.strides[axis] === strides[axis]));
}
