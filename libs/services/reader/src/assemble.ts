import { elementCount, planChunks, type AxisRange, type Call } from '@tessera/domain';
import { checkCall, forEachConcurrently } from './concurrency.ts';
import { copyRegion, cStrides } from './copy-region.ts';
import type { ReadableArray } from './readable-array.ts';

/** Bytes of chunks that may be in work at once, over all. */
const concurrentByteLength = 64 * 2 ** 20;

/** Where a selection goes: an array in C order, and the place of its first element in it. */
export interface Target {
  readonly bytes: Uint8Array;
  /** One entry an axis of the source, also for axes that the selection drops. */
  readonly shape: readonly number[];
}

/**
 * Fills the target from its first element on with what the ranges select; where nothing was
 * ever written, with the fill value. Chunks are fetched together up to `chunkConcurrency`.
 * @returns whether any chunk was there.
 */
export async function assemble(array: ReadableArray, ranges: readonly AxisRange[], target: Target, chunkConcurrency: number, call: Call | undefined): Promise<boolean> {
  const { itemsize } = array.layout.dataType;
  const strides = cStrides(target.shape);
  const startOf = (to: readonly number[]) => to.reduce((start, index, axis) => start + index * strides[axis]!, 0);
  const limit = Math.max(1, Math.min(chunkConcurrency, Math.floor(concurrentByteLength / Math.max(array.chunkByteLength, 1))));
  let anyFound = false;
  await forEachConcurrently(planChunks(array.grid, ranges), limit, async (part) => {
    checkCall(call);
    const isThere = await array.readPart(part, ({ box, counts, to }) => {
      copyRegion(box, { bytes: target.bytes, start: startOf(to), strides }, counts, itemsize);
    }, call);
    if (isThere) {
      anyFound = true;
      return;
    }
    const counts = part.axes.map((axis) => axis.count);
    const start = startOf(part.axes.map((axis) => axis.to));
    copyRegion(fillBox(array, counts.length), { bytes: target.bytes, start, strides }, counts, itemsize);
  });
  return anyFound;
}

/** One element that is everywhere. */
export function fillBox(array: ReadableArray, rank: number) {
  const { dataType, fillValue } = array.layout;
  return { bytes: fillValue ?? new Uint8Array(dataType.itemsize), start: 0, strides: new Array<number>(rank).fill(0) };
}

/** Fills a whole target with the fill value. */
export function fill(array: ReadableArray, target: Target): void {
  const value = array.layout.fillValue;
  if (!value?.some((byte) => byte !== 0)) target.bytes.fill(0);
  else copyRegion(fillBox(array, target.shape.length), { bytes: target.bytes, start: 0, strides: cStrides(target.shape) }, target.shape, array.layout.dataType.itemsize);
}

/** Memory for elements, not cleared: the caller writes every byte. Typed arrays can view it in place. */
export function allocate(shape: readonly number[], itemsize: number): Uint8Array {
  return Buffer.allocUnsafeSlow(elementCount(shape) * itemsize);
}
