// PostgreSQL's programs: those of this machine, or the system's package.
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findExecutable, isAtLeast, versionOf } from './executables.mjs';
import { canInstallPackages, installPackages } from './system-packages.mjs';
import { alone, unavailable } from './tool-cache.mjs';

const MINIMUM = [15];
/** Debian and Ubuntu keep the server's programs out of PATH, in a folder per version. */
const VERSIONS_FOLDER = '/usr/lib/postgresql';

/** Resolves to `{ binFolder }`, where `initdb` and `postgres` lie, or `{ unavailable }`. */
export async function ensurePostgresql() {
  const found = await findPrograms();
  if (found) return { binFolder: found };
  if (!(await canInstallPackages())) return unavailable(`no PostgreSQL ${MINIMUM} or later, and not root on a machine with apt-get`);
  return alone('postgresql', async () => {
    const problem = await installPackages(['postgresql']);
    const installed = problem === undefined ? await findPrograms() : undefined;
    return installed ? { binFolder: installed } : unavailable(problem ?? `the system's package is older than PostgreSQL ${MINIMUM}`);
  });
}

async function findPrograms() {
  const versions = await readdir(VERSIONS_FOLDER).catch(() => []);
  const folders = versions.sort((a, b) => Number(b) - Number(a)).map((version) => `${VERSIONS_FOLDER}/${version}/bin`);
  const inPath = await findExecutable('postgres');
  for (const folder of [...folders, ...(inPath ? [dirname(inPath)] : [])]) {
    const version = await versionOf(`${folder}/postgres`);
    if (version && isAtLeast(version, MINIMUM) && await findExecutableIn(folder, 'initdb')) return folder;
  }
  return undefined;
}

async function findExecutableIn(folder, name) {
  return (await versionOf(`${folder}/${name}`)) !== undefined;
}
