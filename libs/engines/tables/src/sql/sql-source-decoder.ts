// Rows of a table or query that the configuration names.
import { TesseraError, type ByteStore, type Call } from '@tessera/domain';
import { localDatabase, queryDatabase, queryPostgres, selectFields, sqlSource, type RecordBatch } from '@tessera/arrow';
import type { PartitionRequest, TableDecoder } from '../table-decoder.ts';
import { selectRows } from './select-rows.ts';

export interface SqlSourceDecoderConfiguration {
  /** By column of the schema: SQL that gives its values in the form of its type. */
  readonly expressions: readonly string[];
}

export const sqlSourceDecoder: TableDecoder = {
  name: 'sql-source',
  selectsRows: true,
  async *batches(request: PartitionRequest, _store: ByteStore, call?: Call): AsyncGenerator<RecordBatch> {
    const { manifest, schema, partition, columnIndices } = request;
    const { connection, relation, order } = sqlSource(partition.uri);
    const { expressions } = manifest.decoder.configuration as unknown as SqlSourceDecoderConfiguration;
    const wanted = selectFields(schema, columnIndices);
    const { condition, limit, rowCount: expectedRowCount } = selectRows(request, { engine: connection.engine, expressions });
    const tail = `${condition === undefined ? '' : ` WHERE ${condition}`}${order === undefined ? '' : ` ORDER BY ${order}`}${limit}`;
    if (connection.engine === 'postgres') {
      const columns = wanted.fields.map((field, index) => ({ field, expression: expressions[columnIndices[index]!]! }));
      yield* queryPostgres(connection.url, { relation, columns, tail, rowCount: partition.rowCount }, call);
      return;
    }
    const { engine, path } = connection;
    const selected = columnIndices.map((index) => expressions[index]!).join(', ') || '1';
    const sql = `SELECT ${selected} FROM ${relation}${tail}`;
    let rowCount = 0;
    for await (const batch of queryDatabase({ ...localDatabase(engine, path), sql, parameters: [] }, wanted, call)) {
      rowCount += batch.numRows;
      yield batch;
    }
    if (expectedRowCount !== undefined && rowCount !== expectedRowCount) throw new TesseraError('stale', 'The table has changed since it was indexed: it does not have the rows that it had.');
  },
};
