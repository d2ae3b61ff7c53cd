// A workbook of one sheet (ECMA-376, SpreadsheetML), written and deflated row by row.
import { TesseraError } from '@tessera/domain';
import type { Data, RecordBatch } from '@tessera/arrow';
import type { TableExporter, TableSource } from '../../exporter.ts';
import { writeZip, type StreamedZipMember, type ZipMember } from '../../tree/zip/zip-file.ts';
import { cutPieces } from '../cut-pieces.ts';
import type { CellWriter } from '../text-format.ts';
import { TextSink } from '../text-sink.ts';
import { timestampStyle, type TimestampStyle } from '../timestamp-style.ts';
import { headerCell, sheetCellWriter } from './sheet-cells.ts';
import { cellStyles, columnWidth } from './sheet-styles.ts';
import { sheetEnd, sheetStart, workbookParts } from './workbook-parts.ts';

/** What spreadsheet programs open (Excel, "Specifications and limits"); the first row has the names. */
const maxRowCount = 1_048_576 - 1;
const maxColumnCount = 16_384;
/** A sheet is at most 4 GiB before it is deflated, and a cell takes at least this. */
const maxSheetByteLength = 2 ** 32;
const leastCellByteLength = 16;

export const xlsxExporter: TableExporter = { export: exportXlsx };

async function* exportXlsx(source: TableSource): AsyncGenerator<Uint8Array> {
  await checkSize(source);
  for await (const piece of writeZip(members(source))) yield* cutPieces(piece);
}

async function* members(source: TableSource): AsyncGenerator<ZipMember | StreamedZipMember> {
  for (const [name, text] of workbookParts) yield { name, bytes: Buffer.from(text, 'utf8') };
  yield { name: 'xl/worksheets/sheet1.xml', pieces: sheet(source) };
}

/** Where rows may be left out, they are counted first: a table that is too long is refused before its first byte. */
async function checkSize(source: TableSource): Promise<void> {
  const columnCount = source.schema.fields.length;
  if (columnCount > maxColumnCount) throw new TesseraError('not_acceptable', `A sheet has at most ${maxColumnCount} columns, and this table has ${columnCount}. Ask for fewer ('?column=...').`);
  const { rowCount = 0, isFiltered = false, column } = source;
  if (rowCount > maxRowCount && isFiltered && column && columnCount > 0) await countRows(column(0));
  else checkRowCount(rowCount);
  if (!isFiltered && rowCount * columnCount * leastCellByteLength > maxSheetByteLength) throw new TesseraError('not_acceptable', `${rowCount} rows of ${columnCount} columns are too much for one sheet. Ask for fewer, or for Parquet or CSV.`);
}

async function countRows(batches: AsyncIterable<RecordBatch>): Promise<void> {
  let count = 0;
  for await (const batch of batches) {
    count += batch.numRows;
    checkRowCount(count);
  }
}

function checkRowCount(rowCount: number): void {
  if (rowCount > maxRowCount) throw new TesseraError('not_acceptable', `A sheet has at most ${maxRowCount} rows below its names, and this table has more. Ask for some of the rows or a partition, or for Parquet or CSV.`);
}

async function* sheet({ schema, batches, rowCount }: TableSource): AsyncGenerator<Uint8Array> {
  const sink = new TextSink();
  sink.append(sheetStart(schema.fields.map(({ type }) => columnWidth(type))));
  sink.ascii('<row>');
  for (const { name } of schema.fields) headerCell(sink, name ?? '', cellStyles.header);
  sink.ascii('</row>');
  let count = 0;
  let styles: (TimestampStyle | undefined)[] | undefined;
  for await (const batch of batches) {
    checkRowCount((count += batch.numRows));
    const children: readonly Data[] = batch.data.children;
    styles ??= children.map((column) => timestampStyle(column, batch.numRows === rowCount));
    const writers: CellWriter[] = children.map((column, i) => sheetCellWriter(column, sink, styles![i]));
    for (let row = 0; row < batch.numRows; row++) {
      sink.ascii('<row>');
      for (let i = 0; i < writers.length; i++) writers[i]!(row);
      sink.ascii('</row>');
      if (sink.isFull) yield* sink.take();
    }
  }
  sink.ascii(sheetEnd);
  yield* sink.take();
}
