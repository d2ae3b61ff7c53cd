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
    if (!(await isInstalled())) await withProgress('Installing packages (npm ci)', install);
    await writeFile(stampPath, wanted);
  });
}

async function install() {
  const { code, output } = await runCommand('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: workspaceRoot,
    // npm's own variables of an outer `npm start` must not steer the inner one.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(lifecycle|package)_/.test(name))),
  });
  if (code !== 0) throw new Error(`npm ci failed; nothing was started. It said:\n${lastLines(output)}`);
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
