// The page index (parquet-format, PageIndex.md): where the pages of a column chunk lie, and bounds of their values.
import type { DataType } from 'apache-arrow';
import type { ReadRange } from '../../ipc/file-layout.ts';
import type { ParquetColumnChunk, ParquetField } from './read-footer.ts';
import { boundsOf, type ColumnStatistics } from './statistics.ts';
import { integerField, listField, ThriftReader, type ThriftStruct } from './thrift.ts';

/** More than this is no index. */
const maxIndexByteLength = 16 * 2 ** 20;

export interface PageLocation {
  readonly byteOffset: number;
  /** With its header. */
  readonly byteLength: number;
  /** In the row group. */
  readonly firstRow: number;
}

/** The data pages of a chunk in order; undefined if the file does not say, or what it says makes no sense. */
export async function readPageLocations(chunk: ParquetColumnChunk, rowCount: number, read: ReadRange): Promise<PageLocation[] | undefined> {
  const index = await readIndex(chunk.offsetIndex, read);
  const pages = listField(index, 1).map((location) => {
    const struct = location instanceof Map ? (location as ThriftStruct) : undefined;
    return { byteOffset: integerField(struct, 1) ?? -1, byteLength: integerField(struct, 2) ?? -1, firstRow: integerField(struct, 3) ?? -1 };
  });
  const end = chunk.byteOffset + chunk.byteLength;
  const isSound = pages.length > 0 && pages[0]!.firstRow === 0 && pages.every(({ byteOffset, byteLength, firstRow }, i) => {
    const next = pages[i + 1];
    return byteLength > 0 && byteOffset >= chunk.byteOffset && byteOffset + byteLength <= (next?.byteOffset ?? end) && firstRow < (next?.firstRow ?? rowCount);
  });
  return isSound ? pages : undefined;
}

/** The statistics of each page; undefined as above. */
export async function readPageStatistics(chunk: ParquetColumnChunk, pages: readonly PageLocation[], stored: ParquetField, type: DataType, rowCount: number, read: ReadRange): Promise<ColumnStatistics[] | undefined> {
  const index = await readIndex(chunk.columnIndex, read);
  const [isEmpty, mins, maxes, nullCounts] = [listField(index, 1), listField(index, 2), listField(index, 3), listField(index, 5)];
  if ([isEmpty, mins, maxes].some(({ length }) => length !== pages.length)) return undefined;
  return pages.map(({ firstRow }, page) => {
    const count = (pages[page + 1]?.firstRow ?? rowCount) - firstRow;
    if (isEmpty[page] === true) return { rowCount: count, nullCount: count };
    const nullCount = nullCounts[page];
    return boundsOf(mins[page] as Uint8Array, maxes[page] as Uint8Array, typeof nullCount === 'number' ? nullCount : undefined, stored, type, count);
  });
}

async function readIndex(range: readonly [number, number] | undefined, read: ReadRange): Promise<ThriftStruct | undefined> {
  if (!range || range[1] > maxIndexByteLength) return undefined;
  const bytes = await read(...range);
  try {
    return new ThriftReader(bytes).struct();
  } catch {
    return undefined;
  }
}
