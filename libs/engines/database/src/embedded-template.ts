// A fresh database takes 2 s to make (initdb) and 0.4 s to unpack, so it is made once a machine and kept.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/** Changes with everything that shapes a fresh database. */
const templateName = 'pglite-0.5.16-wal1.tar';

/**
 * Segments of the log are 1 MB instead of 16: a fresh database is 10 MB smaller. The locale is C so that no
 * order depends on the machine; queries that sort text say so themselves as well.
 */
const initdbArguments = ['--wal-segsize=1', '--locale=C.UTF-8'];

/** Where fresh databases are kept if the caller does not say: the user's cache folder. */
export const defaultTemplateFolder = () => join(homedir(), '.cache', 'tessera');

/** A fresh database as a tar file, from the folder or made now. A folder that cannot be written to costs time only. */
export async function embeddedTemplate(folder: string): Promise<Blob> {
  const path = join(folder, templateName);
  const kept = await readFile(path).catch(() => undefined);
  if (kept && isWholeTar(kept)) return new Blob([kept]);
  const fresh = await makeTemplate();
  await keep(folder, path, fresh).catch(() => undefined);
  return fresh;
}

async function makeTemplate(): Promise<Blob> {
  const database = await PGlite.create({ initDbStartParams: initdbArguments });
  try {
    return await database.dumpDataDir('none');
  } finally {
    await database.close();
  }
}

async function keep(folder: string, path: string, template: Blob): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Renamed when whole: a process that starts meanwhile never reads half a file.
  const partial = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    await writeFile(partial, new Uint8Array(await template.arrayBuffer()), { mode: 0o600 });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** A tar file is made of 512-byte blocks and ends with two of zeros. */
function isWholeTar(bytes: Uint8Array): boolean {
  return bytes.byteLength > 2 ** 20 && bytes.byteLength % 512 === 0 && bytes.subarray(-1024).every((byte) => byte === 0);
}
