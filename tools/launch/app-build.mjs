// Builds apps with Nx, only when a source changed since the last time.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from './file-lock.mjs';
import { withProgress } from './progress.mjs';
import { lastLines, runCommand } from './run-command.mjs';
import { inWorkspace, toolEnvironment, workspaceRoot } from './workspace.mjs';

/** What an app is made of: the same list as the named input `sources` in nx.json. */
const SOURCES = ['apps', 'libs', 'proto', 'tools/build', 'package-lock.json', 'tsconfig.base.json', 'nx.json'];

/** Path of the built main file of an app. */
export function appMain(app) {
  return inWorkspace('dist', 'apps', app, 'main.js');
}

/** Builds the apps whose sources changed. `node` runs Nx. @throws Error with the compiler's words. */
export async function ensureBuilt(apps, node) {
  const wanted = await sourcesStamp();
  if ((await stale(apps, wanted)).length === 0) return;
  await withFileLock(inWorkspace('tmp', 'build.lock'), async () => {
    const todo = await stale(apps, wanted);
    if (todo.length === 0) return;
    await withProgress(`Building ${todo.join(', ')}`, () => build(todo, node));
    for (const app of todo) await writeFile(stampPath(app), wanted);
  });
}

async function build(apps, node) {
  const args = [inWorkspace('node_modules', '.bin', 'nx'), 'run-many', '-t', 'build', '-p', apps.join(',')];
  const { code, output } = await runCommand(node, args, { cwd: workspaceRoot, env: toolEnvironment() });
  if (code !== 0) throw new Error(`The build failed:\n${lastLines(output)}`);
  for (const app of apps) await mkdir(join(appMain(app), '..'), { recursive: true });
}

async function stale(apps, wanted) {
  const found = await Promise.all(apps.map(async (app) => {
    try {
      await stat(appMain(app));
      return (await readFile(stampPath(app), 'utf8')) === wanted;
    } catch {
      return false;
    }
  }));
  return apps.filter((_, index) => !found[index]);
}

function stampPath(app) {
  return inWorkspace('dist', 'apps', app, '.sources');
}

/** One hash over names, sizes and times of all sources: cheap, and it changes whenever a file does. */
async function sourcesStamp() {
  const lines = (await Promise.all(SOURCES.map((path) => describe(inWorkspace(path), path)))).flat().sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

async function describe(path, name) {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [`${name} ${found.size} ${found.mtimeMs}`];
  const entries = (await readdir(path)).filter((entry) => !entry.startsWith('.') && !entry.endsWith('.spec.ts'));
  return (await Promise.all(entries.map((entry) => describe(join(path, entry), `${name}/${entry}`)))).flat();
}
