import type { Database } from './database.ts';
import type { EmbeddedOptions } from './open-embedded.ts';
import type { PostgresOptions } from './open-postgres.ts';

/** Which database: a PostgreSQL server, a folder of this process's own, or memory. */
export type DatabaseOptions = PostgresOptions | EmbeddedOptions;

/**
 * Opens the database and proves that it answers.
 * @throws TesseraError invalid_argument for a bad URL or a PostgreSQL before 15, unavailable if it cannot be
 *   reached, conflict if another process uses the folder.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  // Drivers are loaded on demand: a process needs one of them, and the embedded one is 20 MB of code.
  if ('url' in options) return (await import('./open-postgres.ts')).openPostgres(options);
  return (await import('./open-embedded.ts')).openEmbedded(options);
}
