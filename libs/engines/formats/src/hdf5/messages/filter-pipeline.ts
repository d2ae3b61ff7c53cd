// HDF5 spec IV.A.2.l "The Data Storage - Filter Pipeline Message", versions 1 and 2.
import type { ByteCursor } from '../byte-cursor.ts';

export interface Filter {
  /** As registered with The HDF Group. */
  readonly id: number;
  readonly parameters: readonly number[];
}

export const filterId = {
  deflate: 1, shuffle: 2, fletcher32: 3, szip: 4, nbit: 5, scaleOffset: 6,
  bzip2: 307, lzf: 32000, blosc: 32001, lz4: 32004, bitshuffle: 32008, zstd: 32015, blosc2: 32026,
} as const;

/** Filters in the order in which they are applied when writing. */
export function parseFilterPipeline(cursor: ByteCursor): Filter[] {
  const version = cursor.expectVersion('filter pipeline', 1, 2);
  const count = cursor.u8();
  if (version === 1) cursor.skip(6);
  return Array.from({ length: count }, () => parseFilter(cursor, version));
}

function parseFilter(cursor: ByteCursor, version: number): Filter {
  const id = cursor.u16();
  // Version 2 leaves out the names of the library's own filters.
  const nameByteLength = version === 1 || id >= 256 ? cursor.u16() : 0;
  cursor.skip(2);
  const parameterCount = cursor.u16();
  cursor.skip(version === 1 ? Math.ceil(nameByteLength / 8) * 8 : nameByteLength);
  const parameters = Array.from({ length: parameterCount }, () => cursor.u32());
  if (version === 1 && parameterCount % 2 === 1) cursor.skip(4);
  return { id, parameters };
}
