// Strings of variable length become fixed ones of the greatest length, which the
// references to them tell: they are read once, when the file is indexed.
import type { TableRefs } from '@tessera/domain';
import { damaged, unsupported } from './damage.ts';
import type { Element } from './element.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { undoFilters } from './index-time-filters.ts';
import { maxElementByteLength } from './limits.ts';
import type { Filter } from './messages/filter-pipeline.ts';

const pieceByteLength = 4 * 2 ** 20;

/** Where the references are in an item as it is stored, and to which kind of string each leads. */
export interface ReferencePlaces {
  readonly itemByteLength: number;
  readonly places: readonly { readonly byteOffset: number; readonly slot: number }[];
}

/** Undefined if there are none. */
export function referencesIn({ source }: Element, itemByteLength: number): ReferencePlaces | undefined {
  if (source.kind === 'variable-length-strings') return { itemByteLength, places: [{ byteOffset: 0, slot: 0 }] };
  if (source.kind !== 'packed') return undefined;
  const places = source.fields.flatMap(({ byteOffset, byteLength, count = 1, string }) => (string ? Array.from({ length: count }, (_, i) => ({ byteOffset: byteOffset + i * byteLength, slot: string.slot })) : []));
  return places.length > 0 ? { itemByteLength, places } : undefined;
}

/** Greatest length among the references of each slot, at least 1 (NumPy has no S0). @throws TesseraError gone. */
export function longestReferenced({ itemByteLength, places }: ReferencePlaces, items: Uint8Array, longest: number[] = []): number[] {
  const view = new DataView(items.buffer, items.byteOffset, items.byteLength);
  for (const { byteOffset, slot } of places) {
    let most = longest[slot] ?? 1;
    for (let start = 0; start + itemByteLength <= items.byteLength; start += itemByteLength) most = Math.max(most, view.getUint32(start + byteOffset, true));
    if (most > maxElementByteLength) throw unsupported(`Strings of ${most} bytes are too long to be served`);
    longest[slot] = most;
  }
  return longest;
}

/** The same of items in one run. */
export async function longestInRun(file: Hdf5File, references: ReferencePlaces, address: number, byteLength: number): Promise<number[]> {
  const step = Math.max(Math.floor(pieceByteLength / references.itemByteLength), 1) * references.itemByteLength;
  const longest = longestReferenced(references, new Uint8Array());
  for (let start = 0; start < byteLength; start += step) longestReferenced(references, await file.read(address + start, Math.min(step, byteLength - start)), longest);
  return longest;
}

/** The same of items in chunks. */
export async function longestInChunks(file: Hdf5File, references: ReferencePlaces, refs: TableRefs, filters: readonly Filter[], chunkByteLength: number, leadingCodecs: number): Promise<number[]> {
  const longest = longestReferenced(references, new Uint8Array());
  for (let ordinal = 0; ordinal < refs.byteOffsets.length; ordinal++) {
    const byteOffset = refs.byteOffsets[ordinal]!;
    if (byteOffset < 0) continue;
    const stored = await file.read(byteOffset - file.superblock.baseOffset, refs.byteLengths[ordinal]!);
    const items = undoFilters(filters, (refs.codecMasks?.[ordinal] ?? 0) >>> leadingCodecs, stored, chunkByteLength + 4 * filters.length);
    if (items.byteLength < chunkByteLength) throw damaged('a chunk of strings is too short');
    longestReferenced(references, items.subarray(0, chunkByteLength), longest);
  }
  return longest;
}
