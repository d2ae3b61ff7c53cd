// The embedded PostgreSQL has no autovacuum: one process, no background workers. Without it tables of short-
// lived rows grow for ever and plans rest on no statistics, so the same rule is applied here now and then.
import { sql, type Kysely } from 'kysely';

const intervalMs = 60_000;

/** PostgreSQL's own defaults (manual, "Automatic Vacuuming"): 50 rows and a part of the table. */
const overdueTables = sql<{ name: string }>`
  select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables
  where n_dead_tup > 50 + 0.2 * n_live_tup or n_mod_since_analyze > 50 + 0.1 * n_live_tup`;

/** Vacuums and analyzes the tables that changed much since the last time. */
export async function upkeep(kysely: Kysely<unknown>): Promise<readonly string[]> {
  // Counters reach the view once a second otherwise.
  await sql`select pg_stat_force_next_flush()`.execute(kysely);
  const { rows } = await overdueTables.execute(kysely);
  for (const { name } of rows) await sql`vacuum (analyze) ${sql.raw(name)}`.execute(kysely);
  return rows.map((row) => row.name);
}

/** Does it every minute. It never keeps the process alive, and a failure waits for the next time. */
export function startUpkeep(kysely: Kysely<unknown>): { stop(): void } {
  let running = false;
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    void upkeep(kysely).catch(() => undefined).finally(() => { running = false; });
  }, intervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
