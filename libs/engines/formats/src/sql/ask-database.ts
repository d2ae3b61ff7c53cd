import { queryDatabase, type RecordBatch, type SqlQuery } from '@tessera/arrow';
import type { Call } from '@tessera/domain';
import { Field, Int64, Schema, Utf8 } from 'apache-arrow';

/** A database that is asked about itself. */
export type Database = Pick<SqlQuery, 'engine' | 'path' | 'isImmutable'>;

/** The rows of a query whose columns are texts (`t`) and integers (`i`). */
export async function askDatabase(database: Database, sql: string, columns: string, parameters: SqlQuery['parameters'] = [], call?: Call): Promise<(string | bigint | null)[][]> {
  const schema = new Schema([...columns].map((kind, index) => new Field(String(index), kind === 't' ? new Utf8() : new Int64(), true)));
  const rows: (string | bigint | null)[][] = [];
  for await (const batch of queryDatabase({ ...database, sql, parameters }, schema, call)) for (let row = 0; row < batch.numRows; row++) rows.push(rowOf(batch, row));
  return rows;
}

function rowOf(batch: RecordBatch, row: number): (string | bigint | null)[] {
  return batch.schema.fields.map((_, column) => batch.getChildAt(column)!.get(row) as string | bigint | null);
}
