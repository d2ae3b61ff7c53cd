import { TesseraError } from '@tessera/domain';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { Database, firstRow } from './database.ts';
import { parseSafeInteger, type ServerTypeParser } from './safe-integer.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Most connections at once; default 10. */
  readonly maxConnections?: number;
  readonly connectTimeoutMs?: number;
  /** After this long any statement is stopped; default 30 s. 0 = never. */
  readonly statementTimeoutMs?: number;
}

const oldestVersion = 150_000;
/** OID of `bigint` (pg_type.dat). */
const bigintOid = 20;

const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === bigintOid && format !== 'binary' ? parseSafeInteger : pg.types.getTypeParser(oid, format as 'text')) as ServerTypeParser,
};

export async function openPostgres(options: PostgresOptions): Promise<Database> {
  if (!/^postgres(ql)?:\/\//.test(options.url)) {
    throw new TesseraError('invalid_argument', 'The database URL must begin with "postgres://".');
  }
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    application_name: 'tessera',
    keepAlive: true,
    types,
  });
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  const database = new Database(new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) }), false, () => Promise.resolve());
  try {
    const { version } = firstRow(await database.rows(sql<{ version: number }>`select current_setting('server_version_num')::int as version`));
    if (version < oldestVersion) {
      throw new TesseraError('invalid_argument', `PostgreSQL 15 or later is needed; this is ${Math.floor(version / 10_000)}.`);
    }
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
