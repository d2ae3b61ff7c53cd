// Rows of a table or query that the configuration names.
import { TesseraError, type ByteStore, type Call } from '@tessera/domain';
import { localDatabase, queryDatabase, queryPostgres, selectFields, sqlSource, type RecordBatch } from '@tessera/arrow';
import type { PartitionRequest, TableDecoder } from '../table-decoder.ts';

export interface SqlSourceDecoderConfiguration {
  /** By column of the schema: SQL that gives its values in the form of its type. */
  readonly expressions: readonly string[];
}

export const sqlSourceDecoder: TableDecoder = {
  name: 'sql-source',
  async *batches({ manifest, schema, partition, columnIndices }: PartitionRequest, _store: ByteStore, call?: Call): AsyncGenerator<RecordBatch> {
    const { connection, relation, order } = sqlSource(partition.uri);
    const { expressions } = manifest.decoder.configuration as unknown as SqlSourceDecoderConfiguration;
    const wanted = selectFields(schema, columnIndices);
    if (connection.engine === 'postgres') {
      const columns = wanted.fields.map((field, index) => ({ field, expression: expressions[columnIndices[index]!]! }));
      yield* queryPostgres(connection.url, { relation, columns, order, rowCount: partition.rowCount }, call);
      return;
    }
    const { engine, path } = connection;
    const selected = columnIndices.map((index) => expressions[index]!).join(', ') || '1';
    const sql = `SELECT ${selected} FROM ${relation}${order === undefined ? '' : ` ORDER BY ${order}`}`;
    let rowCount = 0;
    for await (const batch of queryDatabase({ ...localDatabase(engine, path), sql, parameters: [] }, wanted, call)) {
      rowCount += batch.numRows;
      yield batch;
    }
    if (rowCount !== partition.rowCount) throw new TesseraError('stale', 'The table has changed since it was indexed: it does not have the rows that it had.');
  },
};
