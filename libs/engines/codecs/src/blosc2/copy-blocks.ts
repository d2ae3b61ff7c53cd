import { chunkOriginAt, elementCount } from '@tessera/domain';
import type { ArrayLayout } from './metalayers.ts';

/** The array in C order from its chunks, each of which has its blocks one after the other, both filled up at the edges. */
export function copyBlocks(bytes: Uint8Array, { shape, chunkShape, blockShape }: ArrayLayout, typesize: number): Uint8Array {
  const result = Buffer.alloc(elementCount(shape) * typesize);
  const blockByteLength = elementCount(blockShape) * typesize;
  const blockCounts = chunkShape.map((length, axis) => Math.ceil(length / blockShape[axis]!));
  const chunkCounts = shape.map((length, axis) => Math.ceil(length / chunkShape[axis]!));
  let from = 0;
  for (const chunk of indexes(chunkCounts)) {
    const chunkOrigin = chunkOriginAt({ shape, chunks: chunkShape }, chunk);
    for (const block of indexes(blockCounts)) {
      const origin = block.map((index, axis) => chunkOrigin[axis]! + index * blockShape[axis]!);
      // A block ends with its chunk, and with the array.
      const counts = origin.map((first, axis) => Math.min(blockShape[axis]!, chunkOrigin[axis]! + chunkShape[axis]! - first, shape[axis]! - first));
      if (counts.every((count) => count > 0)) copyRows(bytes, from, blockShape, result, shape, origin, counts, typesize);
      from += blockByteLength;
    }
  }
  return result;
}

function copyRows(bytes: Uint8Array, from: number, blockShape: readonly number[], result: Uint8Array, shape: readonly number[], origin: readonly number[], counts: readonly number[], typesize: number): void {
  const rowByteLength = counts.at(-1)! * typesize;
  for (const row of indexes(counts.slice(0, -1))) {
    const start = [...row, 0].reduce((flat, index, axis) => flat * blockShape[axis]! + index, 0) * typesize;
    const to = [...row, 0].reduce((flat, index, axis) => flat * shape[axis]! + origin[axis]! + index, 0) * typesize;
    result.set(bytes.subarray(from + start, from + start + rowByteLength), to);
  }
}

/** All indexes below the counts, in C order. */
function* indexes(counts: readonly number[]): Generator<number[]> {
  if (counts.includes(0)) return;
  const index = counts.map(() => 0);
  for (;;) {
    yield [...index];
    let axis = counts.length - 1;
    while (axis >= 0 && ++index[axis]! === counts[axis]!) index[axis--] = 0;
    if (axis < 0) return;
  }
}
