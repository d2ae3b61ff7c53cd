import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { TesseraError } from '@tessera/domain';
import { Kysely, PGliteDialect } from 'kysely';
import { Database } from './database.ts';
import { embeddedTemplate, defaultTemplateFolder } from './embedded-template.ts';
import { startUpkeep } from './embedded-upkeep.ts';
import { lockFolder } from './folder-lock.ts';
import { parseSafeInteger } from './safe-integer.ts';
import { unpackTar } from './unpack-tar.ts';

export type EmbeddedOptions = ({
  /** Folder of this process's own; made if it is not there. */
  readonly dataDirectory: string;
} | {
  /** Gone when it is closed. */
  readonly memory: true;
}) & {
  /** Where a fresh database is kept to start others from. */
  readonly templateFolder?: string;
};

/** Memory for one connection instead of a hundred: the whole process idles near 200 MB instead of 500. */
const settings = ['shared_buffers=16MB', 'wal_buffers=256kB', 'max_connections=5', 'jit=off', 'track_counts=on'];

/** OID of `bigint` (pg_type.dat). */
const bigintOid = 20;

export async function openEmbedded(options: EmbeddedOptions): Promise<Database> {
  const templateFolder = options.templateFolder ?? defaultTemplateFolder();
  if ('memory' in options) {
    return toDatabase(await openPGlite({ loadDataDir: new Blob([await embeddedTemplate(templateFolder)]) }), () => undefined);
  }
  await mkdir(options.dataDirectory, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(options.dataDirectory);
  try {
    return toDatabase(await openFolder(options.dataDirectory, templateFolder), unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/**
 * Opens the database of a folder, or unpacks a fresh one there. The mark that it is whole comes last: what a
 * killed start left half done has none, and is made anew.
 */
async function openFolder(folder: string, templateFolder: string): Promise<PGlite> {
  const dataDir = join(folder, 'postgres');
  const mark = join(folder, 'postgres.whole');
  if (await stat(mark).catch(() => undefined)) return openPGlite({ dataDir });
  await rm(dataDir, { recursive: true, force: true });
  await unpackTar(await embeddedTemplate(templateFolder), dataDir);
  await writeFile(mark, '');
  return openPGlite({ dataDir });
}

async function openPGlite(options: PGliteOptions): Promise<PGlite> {
  try {
    return await PGlite.create({
      ...options,
      startParams: [...PGlite.defaultStartParams, ...settings.flatMap((setting) => ['-c', setting])],
      parsers: { [bigintOid]: parseSafeInteger },
    });
  } catch (error) {
    throw new TesseraError('unavailable', 'The embedded database does not open: its folder is damaged or of another version. Start with another folder (--state DIR), or mend it from a copy.', {}, { cause: error });
  }
}

function toDatabase(pglite: PGlite, unlock: () => void): Database {
  const kysely = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite }) });
  const upkeep = startUpkeep(kysely);
  return new Database(kysely, true, async () => {
    upkeep.stop();
    if (!pglite.closed) await pglite.close();
    unlock();
  });
}
