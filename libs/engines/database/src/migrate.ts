import { TesseraError } from '@tessera/domain';
import { sql } from 'kysely';
import type { Database, Queries } from './database.ts';

/** A step forward of one schema; there are none back. Never changed once released: a change is a new step. */
export interface Migration {
  /** Sorts after the ones before it, e.g. `0002-sources`. */
  readonly name: string;
  /** SQL statements, one each. They name their tables with the schema. */
  readonly statements: readonly string[];
}

/**
 * Brings a schema up to date in one transaction. Processes that start together wait for each other.
 * @throws TesseraError conflict if the schema has steps that this program does not know: it is older than the data.
 */
export async function migrate(database: Database, schema: string, migrations: readonly Migration[]): Promise<readonly string[]> {
  return database.transaction(async (queries) => {
    // An index on a large table takes as long as it takes.
    await queries.rows(sql`set local statement_timeout = 0`);
    await queries.rows(sql`select pg_advisory_xact_lock(hashtextextended(${`tessera.migrate.${schema}`}, 0))`);
    await queries.rows(sql`create schema if not exists ${sql.id(schema)}`);
    await queries.rows(sql`create table if not exists ${sql.id(schema, 'migrations')} (name text primary key, applied_at timestamptz not null default now())`);
    const applied = await queries.rows(sql<{ name: string }>`select name from ${sql.id(schema, 'migrations')} order by name`);
    const names = new Set(applied.map((row) => row.name));
    const unknown = applied.filter((row) => !migrations.some((migration) => migration.name === row.name));
    if (unknown.length > 0) {
      throw new TesseraError('conflict', `The database was written by a newer Tessera (it has "${unknown[0]!.name}"). Use that version or a later one.`);
    }
    const due = migrations.filter((migration) => !names.has(migration.name));
    for (const migration of due) await apply(queries, schema, migration);
    return due.map((migration) => migration.name);
  });
}

async function apply(queries: Queries, schema: string, migration: Migration): Promise<void> {
  for (const statement of migration.statements) await queries.rows(sql`${sql.raw(statement)}`);
  await queries.rows(sql`insert into ${sql.id(schema, 'migrations')} (name) values (${migration.name})`);
}
