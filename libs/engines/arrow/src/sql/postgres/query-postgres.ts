// Queries on PostgreSQL: read-only transactions, in which a cursor gives some rows at a time.
import { TesseraError, isTesseraError, type Call } from '@tessera/domain';
import { Schema, type RecordBatch } from 'apache-arrow';
import pg from 'pg';
import { batchOf } from '../../batch/make-batch.ts';
import { checkNotCancelled } from '../../source/read-range.ts';
import { postgresColumn, type PostgresColumn } from './postgres-column.ts';
import { postgresData } from './postgres-data.ts';

const maxConnectionCount = 4;
const connectTimeoutMs = 10_000;
/** Of one statement: each batch is one. */
const statementTimeoutMs = 60_000;
const maxBatchRowCount = 8192;
const batchCellCount = 2 ** 17;
/** A batch of long values is followed by one of fewer rows. */
const batchByteLength = 4 * 2 ** 20;

const pools = new Map<string, pg.Pool>();
/** Values stay texts. */
const types = { getTypeParser: () => (text: string) => text };

function poolOf(url: string): pg.Pool {
  let pool = pools.get(url);
  if (!pool) {
    pool = new pg.Pool({
      connectionString: url, max: maxConnectionCount, connectionTimeoutMillis: connectTimeoutMs, idleTimeoutMillis: 30_000, allowExitOnIdle: true,
      statement_timeout: statementTimeoutMs, application_name: 'tessera', keepAlive: true, types: types as never,
    });
    // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
    pool.on('error', () => undefined);
    pools.set(url, pool);
  }
  return pool;
}

/** The columns and the number of rows of what stands behind FROM. @throws TesseraError gone if it is refused, unavailable. */
export async function describePostgres(url: string, relation: string): Promise<{ readonly columns: readonly PostgresColumn[]; readonly rowCount: number }> {
  return withClient(url, async (client) => {
    const { fields } = await client.query(`SELECT * FROM ${relation} LIMIT 0`);
    return { columns: fields.map(({ name, dataTypeID, dataTypeModifier }) => postgresColumn(name, dataTypeID, dataTypeModifier)), rowCount: await countRows(client, relation) };
  });
}

async function countRows(client: pg.ClientBase, relation: string): Promise<number> {
  const { rows } = await client.query<[string]>({ text: `SELECT count(*) FROM ${relation}`, rowMode: 'array' });
  return Number(rows[0]![0]);
}

export interface PostgresQuery {
  readonly relation: string;
  readonly columns: readonly PostgresColumn[];
  /** What stands behind the relation: conditions, order, limit. */
  readonly tail: string;
  /** How many rows the relation must have. */
  readonly rowCount: number;
}

/**
 * The rows as they are at one time, in batches of bounded size.
 * @throws TesseraError stale before the first row if there are not as many as there should be, gone if the query is refused, unavailable.
 */
export async function* queryPostgres(url: string, { relation, columns, tail, rowCount }: PostgresQuery, call?: Call): AsyncGenerator<RecordBatch> {
  checkNotCancelled(call);
  const client = await connect(url);
  let isClean = false;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    if (await countRows(client, relation) !== rowCount) throw new TesseraError('stale', 'The table has changed since it was indexed: it does not have the rows that it had. It is being indexed anew: try again.');
    const selected = columns.map(({ expression }, index) => `${expression} AS "${index}"`).join(', ') || '1';
    await client.query(`DECLARE tessera_rows NO SCROLL CURSOR FOR SELECT ${selected} FROM ${relation}${tail}`);
    yield* fetchBatches(client, columns, call);
    await client.query('COMMIT');
    isClean = true;
  } catch (error) {
    throw failure(error);
  } finally {
    // A transaction that was left in the middle ends with its connection.
    client.release(!isClean);
  }
}

async function* fetchBatches(client: pg.ClientBase, columns: readonly PostgresColumn[], call: Call | undefined): AsyncGenerator<RecordBatch> {
  const schema = new Schema(columns.map(({ field }) => field));
  const most = Math.min(maxBatchRowCount, Math.max(16, Math.floor(batchCellCount / Math.max(columns.length, 1))));
  let count = Math.min(most, 256);
  for (;;) {
    checkNotCancelled(call);
    const { rows } = await client.query<(string | null)[]>({ text: `FETCH ${count} FROM tessera_rows`, rowMode: 'array' });
    if (rows.length === 0) return;
    yield batchOf(schema, columns.map(({ field }, index) => postgresData(field.type, rows.map((row) => row[index]!))), rows.length);
    const byteLength = rows.reduce((sum, row) => sum + row.reduce((length, text) => length + (text?.length ?? 0), 0), 0);
    count = Math.max(1, Math.min(most, count * 4, Math.floor((batchByteLength / Math.max(byteLength, 1)) * rows.length)));
  }
}

async function connect(url: string): Promise<pg.PoolClient> {
  try {
    const client = await poolOf(url).connect();
    await client.query(`SET TIME ZONE 'UTC'; SET extra_float_digits = 1`);
    return client;
  } catch (cause) {
    // What went wrong tells where the database is, which is nobody's business.
    throw new TesseraError('unavailable', 'The database that holds this table cannot be reached.', {}, { cause });
  }
}

async function withClient<Result>(url: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await connect(url);
  let isClean = false;
  try {
    const result = await work(client);
    isClean = true;
    return result;
  } catch (error) {
    throw failure(error);
  } finally {
    client.release(!isClean);
  }
}

/** `57`: operator intervention, a timeout among it; `08` and `53`: connection lost, no resources (PostgreSQL, appendix A). */
function failure(error: unknown): unknown {
  if (isTesseraError(error)) return error;
  const { code, message } = error as { code?: unknown; message: string };
  if (typeof code !== 'string' || /^(?:57|08|53|E)/.test(code)) return new TesseraError('unavailable', 'The database that holds this table did not answer in time, or ended the connection.', {}, { cause: error });
  return new TesseraError('gone', `The database refuses the query: ${message}`, {}, { cause: error });
}

/** Ends all connections: for tests. */
export async function closePostgresPools(): Promise<void> {
  const open = [...pools.values()];
  pools.clear();
  await Promise.all(open.map((pool) => pool.end()));
}
