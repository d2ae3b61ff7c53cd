// Rows of a table of a SQLite or DuckDB file: only the columns wanted are selected, partitions are ranges of row keys.
import { TesseraError, type ByteStore, type Call } from '@tessera/domain';
import { databaseFile, queryDatabase, selectFields, type RecordBatch, type SqlEngine } from '@tessera/arrow';
import type { PartitionRequest, TableDecoder } from '../table-decoder.ts';
import { selectRows } from './select-rows.ts';

export interface SqlDecoderConfiguration {
  readonly engine: SqlEngine;
  /** What stands behind FROM. */
  readonly relation: string;
  /** By column of the schema: SQL that gives its values in the form of its type. */
  readonly expressions: readonly string[];
  /** What rows are found and ordered by, if they are. */
  readonly rowKey?: string;
}

export const sqlDecoder: TableDecoder = {
  name: 'sql',
  selectsRows: true,
  async *batches(request: PartitionRequest, store: ByteStore, call?: Call): AsyncGenerator<RecordBatch> {
    const { manifest, schema, partition, columnIndices } = request;
    const { engine, relation, expressions, rowKey } = manifest.decoder.configuration as unknown as SqlDecoderConfiguration;
    const { from, to } = (partition.detail ?? {}) as { readonly from?: string; readonly to?: string };
    const database = await databaseFile(engine, partition.uri, store, call);
    const { condition, limit, rowCount: expectedRowCount } = selectRows(request, { engine, expressions });
    const conditions = [...(condition === undefined ? [] : [`(${condition})`]), ...(from === undefined ? [] : [`${rowKey!} >= ?`]), ...(to === undefined ? [] : [`${rowKey!} < ?`])];
    const parameters = [from, to].flatMap((key) => (key === undefined ? [] : [BigInt(key)]));
    const selected = columnIndices.map((index) => expressions[index]!).join(', ') || '1';
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    // DuckDB gives rows in the order of its keys by itself, and would sort them.
    const order = rowKey !== undefined && engine === 'sqlite' ? ` ORDER BY ${rowKey}` : '';
    let rowCount = 0;
    for await (const batch of queryDatabase({ ...database, sql: `SELECT ${selected} FROM ${relation}${where}${order}${limit}`, parameters }, selectFields(schema, columnIndices), call)) {
      rowCount += batch.numRows;
      yield batch;
    }
    if (expectedRowCount !== undefined && rowCount !== expectedRowCount) throw new TesseraError('stale', 'The database has changed since it was indexed: the table does not have the rows that it had.');
  },
};
