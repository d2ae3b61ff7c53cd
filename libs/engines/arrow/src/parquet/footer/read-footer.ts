// Parquet's footer (parquet.thrift, FileMetaData): where the column chunks lie and what is known of their values.
import { TesseraError } from '@tessera/domain';
import type { ReadRange } from '../../ipc/file-layout.ts';
import { bytesField, integerField, listField, structField, ThriftReader, type ThriftStruct, type ThriftValue } from './thrift.ts';

/** No honest footer is longer: that of 100,000 column chunks is some 20 MB. */
const maxFooterByteLength = 128 * 2 ** 20;

/** A column at the top of the schema; only those without children have chunks of their own. */
export interface ParquetField {
  readonly name: string;
  /** BOOLEAN 0, INT32, INT64, INT96, FLOAT, DOUBLE, BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY 7; undefined for groups. */
  readonly physicalType: number | undefined;
  /** Of FIXED_LEN_BYTE_ARRAY. */
  readonly byteWidth: number;
  readonly isOptional: boolean;
  readonly isRepeated: boolean;
  readonly convertedType: number | undefined;
  readonly logicalType: ThriftStruct | undefined;
  readonly scale: number;
  /** Place of its first chunk among those of a row group. */
  readonly leaf: number;
}

/** The encoded values of one column in one row group. */
export interface ParquetColumnChunk {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly uncompressedByteLength: number;
  readonly codec: number;
  readonly encodings: readonly number[];
  readonly valueCount: number;
  readonly statistics: ThriftStruct | undefined;
  /** In another file: such chunks are not read. */
  readonly isElsewhere: boolean;
  /** `[byteOffset, byteLength]` of the page index, and of the Bloom filter. */
  readonly columnIndex: readonly [number, number] | undefined;
  readonly offsetIndex: readonly [number, number] | undefined;
  readonly bloomFilter: readonly [number, number | undefined] | undefined;
}

export interface ParquetFooterRowGroup {
  readonly rowCount: number;
  readonly chunks: readonly (ParquetColumnChunk | undefined)[];
}

export interface ParquetFooter {
  readonly fields: readonly ParquetField[];
  readonly rowGroups: readonly ParquetFooterRowGroup[];
  readonly byteLength: number;
}

/** @throws TesseraError gone if the file has no footer that makes sense. */
export async function readFooter(byteLength: number, read: ReadRange): Promise<ParquetFooter> {
  if (byteLength < 12) throw damagedFooter('it is too short');
  // Most footers come with the first read.
  const tail = await read(Math.max(0, byteLength - 64 * 2 ** 10), Math.min(byteLength, 64 * 2 ** 10));
  const end = tail.subarray(tail.byteLength - 8);
  if (Buffer.from(end.subarray(4)).toString('latin1') !== 'PAR1') throw damagedFooter('it has no end');
  const footerByteLength = new DataView(end.buffer, end.byteOffset).getUint32(0, true);
  if (footerByteLength > maxFooterByteLength || footerByteLength + 12 > byteLength) throw damagedFooter('its footer has an impossible length');
  const footer = footerByteLength + 8 <= tail.byteLength
    ? tail.subarray(tail.byteLength - 8 - footerByteLength, tail.byteLength - 8)
    : await read(byteLength - 8 - footerByteLength, footerByteLength);
  try {
    // The statistics are kept, and with them what they are views of.
    return footerOf(new ThriftReader(new Uint8Array(footer)).struct(), byteLength, footerByteLength);
  } catch (error) {
    throw damagedFooter('its footer makes no sense', error);
  }
}

function footerOf(metadata: ThriftStruct, fileByteLength: number, byteLength: number): ParquetFooter {
  const fields = fieldsOf(listField(metadata, 2).filter(isStruct));
  const rowGroups = listField(metadata, 4).filter(isStruct).map((group) => ({
    rowCount: integerField(group, 3) ?? 0,
    chunks: listField(group, 1).map((chunk) => (isStruct(chunk) ? chunkOf(chunk, fileByteLength) : undefined)),
  }));
  return { fields, rowGroups, byteLength };
}

const isStruct = (value: ThriftValue): value is ThriftStruct => value instanceof Map;

/** The schema is a tree written depth first; its first element is the root. */
function fieldsOf(elements: readonly ThriftStruct[]): ParquetField[] {
  const fields: ParquetField[] = [];
  let at = 1;
  let leaf = 0;
  const skip = (): void => {
    const childCount = integerField(elements[at], 5) ?? 0;
    if (childCount === 0) leaf++;
    at++;
    for (let child = 0; child < childCount && at < elements.length; child++) skip();
  };
  while (at < elements.length) {
    const element = elements[at]!;
    const repetition = integerField(element, 3) ?? 0;
    fields.push({
      name: Buffer.from(bytesField(element, 4) ?? []).toString('utf8'),
      physicalType: (integerField(element, 5) ?? 0) > 0 ? undefined : integerField(element, 1),
      byteWidth: integerField(element, 2) ?? 0,
      isOptional: repetition === 1, isRepeated: repetition === 2,
      convertedType: integerField(element, 6), logicalType: structField(element, 10), scale: integerField(element, 7) ?? 0,
      leaf,
    });
    skip();
  }
  return fields;
}

/** Undefined if it does not lie in the file. */
function chunkOf(chunk: ThriftStruct, fileByteLength: number): ParquetColumnChunk | undefined {
  const metadata = structField(chunk, 3);
  const dataPage = integerField(metadata, 9);
  const byteLength = integerField(metadata, 7);
  if (dataPage === undefined || byteLength === undefined) return undefined;
  const dictionaryPage = integerField(metadata, 11);
  // Some writers give 0 where there is no dictionary.
  const byteOffset = dictionaryPage !== undefined && dictionaryPage > 0 && dictionaryPage < dataPage ? dictionaryPage : dataPage;
  if (byteOffset < 0 || byteLength < 0 || byteOffset + byteLength > fileByteLength) return undefined;
  const within = (start: number | undefined, length: number | undefined): readonly [number, number] | undefined =>
    (start !== undefined && length !== undefined && start >= 0 && length > 0 && start + length <= fileByteLength ? [start, length] : undefined);
  const bloomOffset = integerField(metadata, 14);
  return {
    byteOffset, byteLength, uncompressedByteLength: integerField(metadata, 6) ?? byteLength,
    codec: integerField(metadata, 4) ?? 0, encodings: listField(metadata, 2).map(Number), valueCount: integerField(metadata, 5) ?? 0,
    statistics: structField(metadata, 12), isElsewhere: bytesField(chunk, 1) !== undefined,
    offsetIndex: within(integerField(chunk, 4), integerField(chunk, 5)),
    columnIndex: within(integerField(chunk, 6), integerField(chunk, 7)),
    bloomFilter: bloomOffset !== undefined && bloomOffset > 0 && bloomOffset < fileByteLength ? [bloomOffset, integerField(metadata, 15)] : undefined,
  };
}

function damagedFooter(reason: string, cause?: unknown): TesseraError {
  return new TesseraError('gone', `The Parquet file is damaged: ${reason}.`, {}, { cause });
}
