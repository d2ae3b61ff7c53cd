// One pass over a sheet: where its table is, and the types of its columns.
import { TesseraError } from '@tessera/domain';
import { SheetInference, cellText, isMissingCell, sheetField, sheetRows, type Schema, type SheetRow, type SheetType, type SheetWorkbook } from '@tessera/arrow';
import { Schema as ArrowSchema } from 'apache-arrow';
import { columnNames } from '../csv/column-names.ts';

export interface ScannedSheet {
  readonly schema: Schema;
  readonly types: readonly SheetType[];
  /** Of the first row of data, from 0. */
  readonly firstRow: number;
  readonly rowCount: number;
}

/** The first row that has a value names the columns. @throws TesseraError gone if the sheet is damaged or empty. */
export async function scanSheet(pieces: AsyncIterable<Uint8Array>, workbook: SheetWorkbook): Promise<ScannedSheet> {
  let header: SheetRow | undefined;
  const columns: SheetInference[] = [];
  let lastRow = -1;
  for await (const rows of sheetRows(pieces, workbook)) {
    for (const row of rows) {
      if (!header) {
        header = row.cells.length > 0 ? row : undefined;
        continue;
      }
      for (const { column, cell } of row.cells) {
        while (columns.length <= column) columns.push(new SheetInference());
        columns[column]!.add(cell);
        if (!isMissingCell(cell)) lastRow = row.index;
      }
    }
  }
  if (!header) throw new TesseraError('gone', 'The sheet is empty: it has no columns.');
  const firstRow = header.index + 1;
  const rowCount = Math.max(0, lastRow - header.index);
  const names = namesOf(header, columns.length);
  const inferred = names.map((_, index) => columns[index] ?? new SheetInference());
  const types = inferred.map((column) => column.typeOf(rowCount));
  const fields = columnNames(names).map((name, index) => sheetField(name, types[index]!, inferred[index]!.count < rowCount || rowCount === 0));
  return { schema: new ArrowSchema(fields), types, firstRow, rowCount };
}

function namesOf(header: SheetRow, columnCount: number): string[] {
  const names = Array.from({ length: Math.max(columnCount, header.cells.at(-1)!.column + 1) }, () => '');
  for (const { column, cell } of header.cells) names[column] = cellText(cell);
  return names;
}
