import { columnToArray, columnTypeOf, describeColumn } from '@tessera/arrow';
import {
  TesseraError, type ArrayLayout, type Call, type ChunkGrid, type ChunkPart, type ScalarType, type TableManifest,
} from '@tessera/domain';
import type { Table } from '@tessera/tables';
import type { Found, ReadableArray } from './readable-array.ts';

/** A column is published as one chunk, unless it is larger than this: then in chunks of this size. */
const publishedChunkByteLength = 64 * 2 ** 20;

/** A column of a table as a 1-d array. Its chunks, as it is read, are the partitions of the table. */
export class ColumnArray implements ReadableArray {
  readonly layout: ArrayLayout;
  readonly grid: ChunkGrid;
  readonly chunkByteLength: number;
  readonly readsParts = false;
  private readonly table: Table;
  private readonly column: string;
  private readonly dataType: ScalarType;

  private constructor(table: Table, manifest: TableManifest, column: string, dataType: ScalarType) {
    const rowCounts = manifest.partitions.map((partition) => partition.rowCount);
    const rowCount = rowCounts.reduce((sum, count) => sum + count, 0);
    const chunkLength = Math.max(1, Math.min(rowCount, Math.floor(publishedChunkByteLength / dataType.itemsize)));
    this.table = table;
    this.column = column;
    this.dataType = dataType;
    this.grid = { shape: [rowCount], chunks: [rowCounts] };
    // Rows are converted piece by piece: a partition is never held as a whole.
    this.chunkByteLength = Math.min(Math.max(0, ...rowCounts) * dataType.itemsize, publishedChunkByteLength);
    this.layout = {
      dataType, grid: { shape: [rowCount], chunks: [chunkLength] }, edge: 'clipped', codecs: [{ name: 'bytes' }], volatile: manifest.volatile ?? false,
    };
  }

  /**
   * Opens a column. One of text is looked through once, for the length of its longest value.
   * @throws TesseraError not_found if there is no such column, unsupported if it cannot be an array.
   */
  static async open(table: Table, manifest: TableManifest, column: string): Promise<ColumnArray> {
    const field = table.schema.fields.find((candidate) => candidate.name === column);
    if (!field) throw new TesseraError('not_found', `The table has no column "${column}".`, { column });
    const dataType = columnTypeOf(field) ?? (await describeColumn(field, table.batches({ columns: [column] }))).dataType;
    return new ColumnArray(table, manifest, column, dataType);
  }

  async readPart(part: ChunkPart, found: (found: Found) => void, call: Call | undefined): Promise<boolean> {
    const [axis] = part.axes as [ChunkPart['axes'][number]];
    const { from, step, count } = axis;
    const last = from + (count - 1) * step;
    const rows = { start: Math.min(from, last), stop: Math.max(from, last) + 1 };
    let firstRow = rows.start;
    for await (const batch of this.table.batches({ columns: [this.column], partitions: { start: axis.chunk, stop: axis.chunk + 1 }, rows }, call)) {
      for (const bytes of columnToArray(batch.data.children[0]!, this.dataType)) {
        const rowCount = bytes.byteLength / this.dataType.itemsize;
        const wanted = rowsWithin(axis, firstRow, rowCount);
        if (wanted) found({ box: { bytes, start: wanted.row, strides: [axis.step] }, counts: [wanted.count], to: [wanted.to] });
        firstRow += rowCount;
      }
    }
    if (firstRow !== rows.stop) throw new TesseraError('gone', 'A part of this table is damaged: it has another number of rows than when it was indexed.');
    return true;
  }
}

/** Which of the wanted rows lie among `rowCount` rows from `firstRow` on, in the order wanted. */
function rowsWithin(axis: ChunkPart['axes'][number], firstRow: number, rowCount: number): { row: number; count: number; to: number } | undefined {
  const { from, step, count, to } = axis;
  const end = firstRow + rowCount;
  // Positions i with firstRow <= from + i * step < end.
  const low = step > 0 ? Math.ceil((firstRow - from) / step) : Math.ceil((end - 1 - from) / step);
  const high = step > 0 ? Math.ceil((end - from) / step) : Math.floor((firstRow - from) / step) + 1;
  const first = Math.max(low, 0);
  const last = Math.min(high, count);
  return first < last ? { row: from + first * step - firstRow, count: last - first, to: to + first } : undefined;
}
