// HDF5 spec IV.A.2.i "The Data Layout Message", versions 1 to 5.
import type { ByteCursor } from '../byte-cursor.ts';
import { damaged } from '../damage.ts';
import { maxRank } from '../limits.ts';

export type Layout =
  | { readonly kind: 'compact'; readonly bytes: Uint8Array }
  | { readonly kind: 'contiguous'; readonly address: number | undefined; readonly byteLength?: number }
  | { readonly kind: 'chunked'; readonly chunkShape: readonly number[]; readonly elementByteLength: number; readonly index: ChunkIndex }
  | { readonly kind: 'virtual'; readonly heapAddress: number | undefined; readonly heapIndex: number };

/** How the chunks are found. Address undefined: none was ever written. */
export type ChunkIndex =
  | { readonly kind: 'btree-v1' | 'implicit' | 'fixed-array' | 'extensible-array' | 'btree-v2'; readonly address: number | undefined; readonly leavesEdgesUnfiltered: boolean }
  | { readonly kind: 'single'; readonly address: number | undefined; readonly leavesEdgesUnfiltered: boolean; readonly filtered?: { readonly byteLength: number; readonly filterMask: number } };

export function parseLayout(cursor: ByteCursor): Layout {
  const version = cursor.expectVersion('data layout', 1, 2, 3, 4, 5);
  if (version <= 2) return parseOldLayout(cursor);
  const layoutClass = cursor.u8();
  switch (layoutClass) {
    case 0:
      return { kind: 'compact', bytes: cursor.take(cursor.u16()) };
    case 1:
      return { kind: 'contiguous', address: cursor.address(), byteLength: cursor.length() };
    case 2:
      return version === 3 ? parseChunkedV3(cursor) : parseChunkedV4(cursor);
    case 3:
      if (version >= 4) return { kind: 'virtual', heapAddress: cursor.address(), heapIndex: cursor.u32() };
  }
  throw damaged(`a dataset has the unknown layout ${layoutClass}`);
}

function checkRank(rank: number): number {
  // The chunk shape has one entry more than the array: the element's byte length.
  if (rank < 1 || rank > maxRank + 1) throw damaged(`chunks have ${rank - 1} dimensions`);
  return rank;
}

function chunked(lengths: readonly number[], index: ChunkIndex): Layout {
  if (lengths.some((length) => length === 0)) throw damaged('a chunk has no extent');
  return { kind: 'chunked', chunkShape: lengths.slice(0, -1), elementByteLength: lengths.at(-1)!, index };
}

function parseOldLayout(cursor: ByteCursor): Layout {
  const rank = cursor.u8();
  const layoutClass = cursor.u8();
  cursor.skip(5);
  if (layoutClass === 2) checkRank(rank);
  const address = layoutClass === 0 ? undefined : cursor.address();
  const lengths = Array.from({ length: rank }, () => cursor.u32());
  if (layoutClass === 0) return { kind: 'compact', bytes: cursor.take(cursor.u32()) };
  if (layoutClass === 1) return { kind: 'contiguous', address };
  if (layoutClass === 2) return chunked(lengths, { kind: 'btree-v1', address, leavesEdgesUnfiltered: false });
  throw damaged(`a dataset has the unknown layout ${layoutClass}`);
}

function parseChunkedV3(cursor: ByteCursor): Layout {
  const rank = checkRank(cursor.u8());
  const address = cursor.address();
  const lengths = Array.from({ length: rank }, () => cursor.u32());
  return chunked(lengths, { kind: 'btree-v1', address, leavesEdgesUnfiltered: false });
}

const indexKinds = [undefined, 'single', 'implicit', 'fixed-array', 'extensible-array', 'btree-v2'] as const;
/** Bytes of creation parameters before the address, by index type; the index repeats them. */
const parameterByteLengths = [0, 0, 0, 1, 5, 6];

function parseChunkedV4(cursor: ByteCursor): Layout {
  const flags = cursor.u8();
  const rank = checkRank(cursor.u8());
  const lengthByteLength = cursor.u8();
  if (lengthByteLength < 1 || lengthByteLength > 8) throw damaged('chunk lengths have no known width');
  const lengths = Array.from({ length: rank }, () => cursor.uint(lengthByteLength));
  const indexType = cursor.u8();
  const kind = indexKinds[indexType];
  if (!kind) throw damaged(`a dataset has the unknown chunk index ${indexType}`);
  cursor.skip(parameterByteLengths[indexType]!);
  const leavesEdgesUnfiltered = (flags & 1) !== 0;
  if (kind !== 'single') return chunked(lengths, { kind, address: cursor.address(), leavesEdgesUnfiltered });
  const filtered = (flags & 2) !== 0 ? { filtered: { byteLength: cursor.length(), filterMask: cursor.u32() } } : {};
  return chunked(lengths, { kind, address: cursor.address(), leavesEdgesUnfiltered, ...filtered });
}
