import { TesseraError, type Call } from '@tessera/domain';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { callEnded, callSignal, checkCall } from './call-signal.ts';
import { isContention, toDatabaseError } from './database-error.ts';

/** Something that runs queries: a database, a transaction, or one connection. */
export interface Queries {
  /** Rows of a query. @throws TesseraError, never an error of a driver. */
  rows<Row>(query: RawBuilder<Row>, call?: Call): Promise<readonly Row[]>;
}

const transactionAttempts = 5;

/** PostgreSQL, or its embedded form with the same SQL. */
export class Database implements Queries {
  readonly kysely: Kysely<unknown>;
  /** One process, one connection: queries wait for each other, and nobody else changes the data. */
  readonly embedded: boolean;
  private readonly release: () => Promise<void>;
  private closing: Promise<void> | undefined;

  constructor(kysely: Kysely<unknown>, embedded: boolean, release: () => Promise<void>) {
    this.kysely = kysely;
    this.embedded = embedded;
    this.release = release;
  }

  rows<Row>(query: RawBuilder<Row>, call?: Call): Promise<readonly Row[]> {
    return runQuery(this.kysely, query, this.embedded, call);
  }

  /**
   * Runs all of `run` or nothing. It is run again from its start, a few times, if another transaction got
   * in its way: it must do nothing but query.
   */
  async transaction<Result>(run: (queries: Queries) => Promise<Result>, call?: Call): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      checkCall(call);
      try {
        return await this.kysely.transaction().execute((kysely) =>
          run({ rows: (query, queryCall) => runQuery(kysely, query, this.embedded, queryCall ?? call) }));
      } catch (error) {
        if (attempt < transactionAttempts && isContention(error)) continue;
        throw toDatabaseError(error);
      }
    }
  }

  /**
   * Runs `run` while this process alone holds the named lock among all processes at the database. False if
   * another holds it. `run` must use the queries it is handed: the lock ends with their connection.
   */
  async lead(name: string, run: (queries: Queries) => Promise<void>): Promise<boolean> {
    if (this.embedded) {
      await run(this);
      return true;
    }
    try {
      return await this.kysely.connection().execute(async (kysely) => {
        const queries: Queries = { rows: (query, call) => runQuery(kysely, query, false, call) };
        const [lock] = await queries.rows(sql<{ held: boolean }>`select pg_try_advisory_lock(hashtextextended(${name}, 0)) as held`);
        if (!lock?.held) return false;
        try {
          await run(queries);
        } finally {
          // The connection goes back to the pool: the lock must not go with it.
          await queries.rows(sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`).catch(() => undefined);
        }
        return true;
      });
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  /** Lets queries finish, then lets go of connections, files and locks. */
  close(): Promise<void> {
    this.closing ??= this.kysely.destroy().finally(() => this.release());
    return this.closing;
  }
}

async function runQuery<Row>(kysely: Kysely<unknown>, query: RawBuilder<Row>, embedded: boolean, call: Call | undefined): Promise<readonly Row[]> {
  checkCall(call);
  const signal = callSignal(call);
  try {
    // The embedded database runs on this thread: while a query runs no abort can reach it.
    if (embedded || !signal) return (await query.execute(kysely)).rows;
    // The caller is answered at once; the query itself ends by the statement timeout at the latest.
    return (await query.execute(kysely, { signal })).rows;
  } catch (error) {
    if (signal?.aborted) throw callEnded(call);
    throw toDatabaseError(error);
  }
}

/** The first row. @throws TesseraError internal if there is none. */
export function firstRow<Row>(rows: readonly Row[]): Row {
  const row = rows[0];
  if (row === undefined) throw new TesseraError('internal', 'A query that always gives a row gave none.');
  return row;
}
