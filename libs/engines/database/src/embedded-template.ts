// A fresh database takes 2 s to make (initdb) and 0.2 s to unpack, so it is made once a machine and kept.
import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';

/** Changes with everything that shapes a fresh database. */
const templateName = 'pglite-0.5.16-wal1.tar';

/**
 * Segments of the log are 1 MB instead of 16: a fresh database is 10 MB smaller. The locale is C so that no
 * order depends on the machine; queries that sort text say so themselves as well.
 */
const initdbArguments = ['--wal-segsize=1', '--locale=C.UTF-8'];

/** Run by a process of its own: making a database takes 300 MB that a server would keep for good. */
const makingProgram = `
  const [module, initdbArguments, path] = process.argv.slice(1);
  const { PGlite } = await import(module);
  const database = await PGlite.create({ initDbStartParams: JSON.parse(initdbArguments) });
  const template = await database.dumpDataDir('none');
  await (await import('node:fs/promises')).writeFile(path, new Uint8Array(await template.arrayBuffer()), { mode: 0o600 });
  process.exit(0);`;

/** Where fresh databases are kept if the caller does not say: the user's cache folder. */
export const defaultTemplateFolder = () => join(homedir(), '.cache', 'tessera');

/** A fresh database as a tar file, from the folder or made now. A folder that cannot be written to costs time and memory only. */
export async function embeddedTemplate(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(folder, templateName);
  const kept = await readWhole(path);
  if (kept) return kept;
  await makeTemplate(folder, path).catch(() => undefined);
  return (await readWhole(path)) ?? makeTemplateHere();
}

async function makeTemplate(folder: string, path: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Renamed when whole: a process that starts meanwhile never reads half a file.
  const partial = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  const pglite = pathToFileURL(createRequire(import.meta.url).resolve('@electric-sql/pglite')).href;
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', makingProgram, pglite, JSON.stringify(initdbArguments), partial], { timeout: 120_000 });
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}

async function makeTemplateHere(): Promise<Uint8Array<ArrayBuffer>> {
  const database = await PGlite.create({ initDbStartParams: initdbArguments });
  try {
    return new Uint8Array(await (await database.dumpDataDir('none')).arrayBuffer());
  } finally {
    await database.close();
  }
}

/** A tar file is made of 512-byte blocks and ends with two of zeros. */
async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  const isWhole = bytes && bytes.byteLength > 2 ** 20 && bytes.byteLength % 512 === 0 && bytes.subarray(-1024).every((byte) => byte === 0);
  return isWhole ? bytes : undefined;
}
