// Strings of variable length become fixed ones of the greatest length, which the
// references to them tell: they are read once, when the file is indexed.
import type { TableRefs } from '@tessera/domain';
import { damaged, unsupported } from './damage.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { undoFilters } from './index-time-filters.ts';
import { maxElementByteLength } from './limits.ts';
import type { Filter } from './messages/filter-pipeline.ts';

const pieceByteLength = 4 * 2 ** 20;

/** Bytes of one reference: length, address of the heap collection, number of the object. */
export function referenceByteLength(file: Hdf5File): number {
  return 8 + file.offsetSize;
}

/** Greatest length among references, at least 1 (NumPy has no S0). @throws TesseraError gone. */
export function longestReferenced(file: Hdf5File, references: Uint8Array): number {
  const byteStride = referenceByteLength(file);
  const view = new DataView(references.buffer, references.byteOffset, references.byteLength);
  let longest = 1;
  for (let start = 0; start + byteStride <= references.byteLength; start += byteStride) longest = Math.max(longest, view.getUint32(start, true));
  if (longest > maxElementByteLength) throw unsupported(`Strings of ${longest} bytes are too long to be served`);
  return longest;
}

/** The same of references in one run. */
export async function longestInRun(file: Hdf5File, address: number, byteLength: number): Promise<number> {
  const step = Math.floor(pieceByteLength / referenceByteLength(file)) * referenceByteLength(file);
  let longest = 1;
  for (let start = 0; start < byteLength; start += step) {
    longest = Math.max(longest, longestReferenced(file, await file.read(address + start, Math.min(step, byteLength - start))));
  }
  return longest;
}

/** The same of references in chunks. */
export async function longestInChunks(file: Hdf5File, refs: TableRefs, filters: readonly Filter[], chunkByteLength: number, leadingCodecs: number): Promise<number> {
  let longest = 1;
  for (let ordinal = 0; ordinal < refs.byteOffsets.length; ordinal++) {
    const byteOffset = refs.byteOffsets[ordinal]!;
    if (byteOffset < 0) continue;
    const stored = await file.read(byteOffset - file.superblock.baseOffset, refs.byteLengths[ordinal]!);
    const references = undoFilters(filters, (refs.codecMasks?.[ordinal] ?? 0) >>> leadingCodecs, stored, chunkByteLength + 4 * filters.length);
    if (references.byteLength < chunkByteLength) throw damaged('a chunk of strings is too short');
    longest = Math.max(longest, longestReferenced(file, references.subarray(0, chunkByteLength)));
  }
  return longest;
}
