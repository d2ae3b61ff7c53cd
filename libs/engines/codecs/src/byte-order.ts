import type { SwapRun } from './array-to-bytes/bytes.ts';

/** A copy of packed elements with the words of each run reversed. A torn last element is left as it is. */
export function swapElements(bytes: Uint8Array, itemsize: number, runs: readonly SwapRun[]): Uint8Array {
  const swapped = Buffer.from(new Uint8Array(bytes).buffer);
  const [only] = runs;
  if (runs.length === 1 && only && only.byteOffset === 0 && only.wordByteLength * only.wordCount === itemsize && swapped.byteLength % itemsize === 0) {
    if (only.wordByteLength === 2) return swapped.swap16();
    if (only.wordByteLength === 4) return swapped.swap32();
    if (only.wordByteLength === 8) return swapped.swap64();
  }
  for (let element = 0; element + itemsize <= swapped.byteLength; element += itemsize) {
    for (const run of runs) {
      for (let word = 0; word < run.wordCount; word++) {
        const start = element + run.byteOffset + word * run.wordByteLength;
        swapped.subarray(start, start + run.wordByteLength).reverse();
      }
    }
  }
  return swapped;
}
