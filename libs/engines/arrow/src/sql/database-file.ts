import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TesseraError, type ByteStore, type Call } from '@tessera/domain';
import type { SqlEngine, SqlQuery } from './sql-messages.ts';

/**
 * Where a database lies, as a query names it. The store is asked, so that nothing outside its roots is opened.
 * @throws TesseraError gone if it is not there, unsupported if it is not on this machine, permission_denied.
 */
export async function databaseFile(engine: SqlEngine, uri: string, store: ByteStore, call?: Call): Promise<Pick<SqlQuery, 'engine' | 'path' | 'isImmutable'>> {
  const entry = await store.stat(uri, call);
  if (!entry) throw new TesseraError('gone', 'The database file is not there any more.');
  if (!uri.startsWith('file:')) throw new TesseraError('unsupported', 'Databases are read from files of this machine only. Copy the file to a served folder.');
  return localDatabase(engine, fileURLToPath(uri));
}

/** A database by the path of its file. A log or journal beside it has what belongs to it: it is being written, or was left in the middle. */
export function localDatabase(engine: SqlEngine, path: string): Pick<SqlQuery, 'engine' | 'path' | 'isImmutable'> {
  return { engine, path, isImmutable: !['-wal', '-journal'].some((suffix) => existsSync(path + suffix) && statSync(path + suffix).size > 0) };
}

/** An identifier of any characters, as SQL quotes it. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
