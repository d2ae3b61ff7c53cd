// Tables and queries that the configuration names, of PostgreSQL and of database files: their "file" is a URI `sql:name`.
import type { ByteStore, Call, Entry, Format, IndexedNode } from '@tessera/domain';
import { describePostgres, describeQuery, encodeSchemaMessage, localDatabase, sqlSource, type Schema, type SqlSource } from '@tessera/arrow';
import { Schema as ArrowSchema } from 'apache-arrow';
import { describeDuckdbRelation } from './describe-duckdb.ts';
import { describeSqliteRelation } from './describe-sqlite.ts';

const mediaType = 'application/x-sql';

interface Described {
  readonly schema: Schema;
  readonly expressions: readonly string[];
  readonly rowCount: number;
}

export const sqlSourceFormat: Format = {
  name: 'sql-source',
  mediaTypes: [mediaType],
  sniff: ({ uri }) => uri.startsWith('sql:'),
  async *index({ uri }: Entry, _store: ByteStore, _parameters, call?: Call): AsyncGenerator<IndexedNode> {
    const { schema, expressions, rowCount } = await describe(sqlSource(uri), call);
    const message = encodeSchemaMessage(schema);
    const table = { arrowSchema: Buffer.from(message).toString('base64'), columns: schema.fields.map((field) => field.name), partitionCount: 1, rowCount };
    yield {
      path: [], metadata: {}, specs: [{ name: 'dataframe' }], structure: { family: 'table', table },
      // Rows may change without a file that tells.
      manifest: { kind: 'table', schema: message, partitions: [{ uri, byteOffset: 0, byteLength: 0, rowCount }], decoder: { name: 'sql-source', configuration: { expressions } }, sources: [], volatile: true },
      dataSource: { mediaType, management: 'external', assets: [{ uri, isDirectory: false, parameter: 'data_uri' }] },
    };
  },
};

async function describe({ connection, relation }: SqlSource, call: Call | undefined): Promise<Described> {
  if (connection.engine === 'postgres') {
    const { columns, rowCount } = await describePostgres(connection.url, relation);
    return { schema: new ArrowSchema(columns.map(({ field }) => field)), expressions: columns.map(({ expression }) => expression), rowCount };
  }
  const { engine, path } = connection;
  const database = localDatabase(engine, path);
  const found = engine === 'duckdb'
    ? await describeDuckdbRelation(database, relation, false, call)
    : await describeSqliteRelation(database, relation, await describeQuery({ ...database, sql: `SELECT * FROM ${relation} LIMIT 0` }), undefined, call);
  return { schema: found.schema, expressions: found.expressions, rowCount: found.parts[0]!.rowCount };
}
