// Makes node_modules what package-lock.json says. Quick when it already is.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { withFileLock } from './file-lock.mjs';
import { withProgress } from './progress.mjs';
import { lastLines, runCommand } from './run-command.mjs';
import { inWorkspace, workspaceRoot } from './workspace.mjs';

const stampPath = inWorkspace('node_modules', '.tessera-lock');

/** Installs packages if node_modules is missing or differs from the lock file. @throws Error with npm's words if that fails. */
export async function ensurePackages() {
  const wanted = await lockHash();
  if ((await readOr(stampPath, '')) === wanted) return;
  await withFileLock(inWorkspace('tmp', 'install.lock'), async () => {
    if ((await readOr(stampPath, '')) === wanted) return;
    if (!(await isInstalled())) await withProgress('Installing packages (npm)', install);
    await writeFile(stampPath, wanted);
  });
}

/**
 * `npm ci` is exact, but refuses a lock that lacks packages for other platforms (a registry that does not carry them
 * leaves such holes); then `npm install` puts there what the lock names, and leaves the lock as it is.
 */
async function install() {
  const exact = await npm(['ci']);
  if (exact.code === 0) return;
  const lenient = exact.output.includes('EUSAGE') ? await npm(['install', '--no-save']) : exact;
  if (lenient.code !== 0) throw new Error(`The packages cannot be installed; nothing was started. npm said:\n${lastLines(lenient.output)}`);
}

function npm(args) {
  return runCommand('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: workspaceRoot,
    // npm's own variables of an outer `npm start` must not steer the inner one.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(lifecycle|package)_/.test(name))),
  });
}

/** Whether npm already put there what the lock names, e.g. by an `npm install` made by hand. */
async function isInstalled() {
  const installed = await readPackages(inWorkspace('node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  const locked = await readPackages(inWorkspace('package-lock.json'));
  return Object.entries(locked)
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.link && !entry.devOptional)
    .every(([path, entry]) => installed[path]?.version === entry.version);
}

async function readPackages(path) {
  const text = await readOr(path, undefined);
  return text === undefined ? undefined : JSON.parse(text).packages;
}

async function lockHash() {
  return createHash('sha256').update(await readFile(inWorkspace('package-lock.json'))).digest('hex');
}

async function readOr(path, otherwise) {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return otherwise;
    throw error;
  }
}
