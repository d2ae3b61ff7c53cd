// Pages of a column chunk (parquet.thrift, PageHeader), one after the other.
import { integerField, MalformedThrift, structField, ThriftReader, type ThriftStruct } from '../footer/thrift.ts';
import type { ChunkBytes } from './chunk-bytes.ts';
import { DamagedColumn } from './damaged-column.ts';
import { decompressPage, maxPageByteLength, type Scratch } from './decompress.ts';
import { RleCursor } from './rle-cursor.ts';

/** First guess at the length of a header, and the most it may be: statistics of long texts stand in it. */
const headerByteLength = 512;
const maxHeaderByteLength = 16 * 2 ** 20;

export interface PageHeader {
  /** 0 data, 2 dictionary, 3 data of version 2. */
  readonly type: number;
  readonly valueCount: number;
  readonly encoding: number;
  readonly compressedByteLength: number;
  readonly uncompressedByteLength: number;
  /** Of version 2: the levels stand before the compressed values. */
  readonly levelsByteLength: number;
  readonly isCompressed: boolean;
}

/** Values of a data page, and which rows have one. */
export interface PageContent {
  readonly levels: RleCursor | undefined;
  /** Of the values, from their start to the end of the page. */
  readonly values: Uint8Array;
}

/** The header of the next page, which is gone past. */
export async function readPageHeader(bytes: ChunkBytes): Promise<PageHeader> {
  for (let guess = headerByteLength; ; guess *= 8) {
    const available = Math.min(guess, bytes.leftByteLength);
    const reader = new ThriftReader(await bytes.peek(available));
    try {
      const header = headerOf(reader.struct());
      bytes.consume(reader.byteOffset);
      return header;
    } catch (error) {
      if (!(error instanceof MalformedThrift) || available === bytes.leftByteLength || guess >= maxHeaderByteLength) throw new DamagedColumn('a page has no header');
    }
  }
}

function headerOf(fields: ThriftStruct): PageHeader {
  const type = integerField(fields, 1) ?? -1;
  const detail = structField(fields, [5, -1, 7, 8][type] ?? -1);
  const levelsByteLength = (integerField(detail, 5) ?? 0) + (integerField(detail, 6) ?? 0);
  const header = {
    type,
    valueCount: integerField(detail, 1) ?? 0,
    encoding: integerField(detail, type === 3 ? 4 : 2) ?? -1,
    compressedByteLength: integerField(fields, 3) ?? -1,
    uncompressedByteLength: integerField(fields, 2) ?? -1,
    levelsByteLength: type === 3 ? levelsByteLength : 0,
    isCompressed: type !== 3 || detail?.get(7) !== false,
  };
  const { compressedByteLength, uncompressedByteLength, valueCount } = header;
  const isPossible = [compressedByteLength, uncompressedByteLength].every((length) => length >= 0 && length <= maxPageByteLength) && valueCount >= 0
    && header.levelsByteLength >= 0 && header.levelsByteLength <= Math.min(compressedByteLength, uncompressedByteLength);
  if (!isPossible) throw new DamagedColumn('a page has an impossible length');
  return header;
}

/** The bytes of a page after its header, which are gone past, as they were before compression. */
export async function readDictionaryPage(bytes: ChunkBytes, header: PageHeader, codec: number, scratch: Scratch): Promise<Uint8Array> {
  const stored = (await bytes.peek(header.compressedByteLength)).subarray(0, header.compressedByteLength);
  bytes.consume(header.compressedByteLength);
  return decompressPage(codec, stored, header.uncompressedByteLength, scratch);
}

/** The same of a data page, taken apart. What is given lasts until the scratch memory is used again. */
export async function readDataPage(bytes: ChunkBytes, header: PageHeader, codec: number, isOptional: boolean, scratch: Scratch): Promise<PageContent> {
  const stored = (await bytes.peek(header.compressedByteLength)).subarray(0, header.compressedByteLength);
  bytes.consume(header.compressedByteLength);
  bytes.readAhead();
  if (header.type === 3) {
    const { levelsByteLength } = header;
    const values = decompressPage(header.isCompressed ? codec : 0, stored.subarray(levelsByteLength), header.uncompressedByteLength - levelsByteLength, scratch);
    return { levels: isOptional ? new RleCursor(stored, 0, levelsByteLength, 1) : undefined, values };
  }
  const page = decompressPage(codec, stored, header.uncompressedByteLength, scratch);
  if (!isOptional) return { levels: undefined, values: page };
  const levelsEnd = 4 + lengthAt(page, 0);
  return { levels: new RleCursor(page, 4, levelsEnd, 1), values: page.subarray(levelsEnd) };
}

/** A length of 32 bits, little endian. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.byteLength) throw new DamagedColumn('a page has fewer values than it claims');
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
