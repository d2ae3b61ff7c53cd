// A table as it is served, against what the reference tool recorded of the same file.
import { formatScalarType } from '@tessera/domain';
import { columnToArray, describeColumn } from '@tessera/arrow';
import { resolveTableExporter } from '@tessera/exporters';
import type { Table } from '@tessera/tables';

/** As `fixtures/arrow/expectations.py` writes it. */
export interface ExpectedColumn {
  readonly json: readonly unknown[];
  readonly dtype?: string;
  readonly bytes?: string;
}

/** Whether a column is the recorded array, or cannot be one. */
export async function checkColumn(table: Table, column: string, wanted: ExpectedColumn): Promise<void> {
  const select = () => table.batches({ columns: [column] });
  const field = table.schemaOf([column]).fields[0]!;
  if (wanted.dtype === undefined) {
    await expect(describeColumn(field, select())).rejects.toMatchObject({ code: 'unsupported' });
    return;
  }
  const { dataType } = await describeColumn(field, select());
  const pieces: Uint8Array[] = [];
  for await (const batch of select()) pieces.push(...columnToArray(batch.data.children[0]!, dataType));
  expect({ column, dtype: formatScalarType(dataType), bytes: Buffer.concat(pieces).toString('base64') }).toEqual({ column, dtype: wanted.dtype, bytes: wanted.bytes });
}

/** Columns by name, as the JSON exporter writes them. */
export async function readJson(table: Table): Promise<unknown> {
  const exporter = await resolveTableExporter('application/json');
  const pieces = await Array.fromAsync(exporter.export({ schema: table.schema, batches: table.batches() }, { mediaType: 'application/json' }));
  return JSON.parse(Buffer.concat(pieces).toString('utf8'));
}
