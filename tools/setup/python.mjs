// A Python with the real clients: a virtual environment named after its list of requirements.
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { withProgress } from '../launch/progress.mjs';
import { lastLines, runCommand } from '../launch/run-command.mjs';
import { inWorkspace } from '../launch/workspace.mjs';
import { findExecutable, isAtLeast, versionOf } from './executables.mjs';
import { canInstallPackages, installPackages } from './system-packages.mjs';
import { alone, inTools, shortHash, unavailable } from './tool-cache.mjs';

/** zarr-python 3.1 asks for it. */
const MINIMUM = [3, 11];
const CANDIDATES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];

/** Resolves to `{ python }`, the interpreter's path, or `{ unavailable }`. `requirements` is a list below the workspace. */
export async function ensurePython(requirements = 'e2e/requirements.txt') {
  const base = await findPython();
  if (base === undefined) return unavailable(`no Python ${MINIMUM.join('.')} or later in PATH`);
  const folder = inTools(`python-${shortHash(`${base.path} ${base.version} ${await readFile(inWorkspace(requirements), 'utf8')}`)}`);
  const ready = `${folder}/.ready`;
  const python = `${folder}/bin/python`;
  return alone('python', async () => {
    if (await exists(ready)) return { python };
    const problem = await createEnvironment(base.path, folder, requirements);
    if (problem !== undefined) return unavailable(problem);
    await writeFile(ready, '');
    return { python };
  });
}

async function findPython() {
  for (const name of CANDIDATES) {
    const path = await findExecutable(name);
    const version = path && await versionOf(path);
    if (version && isAtLeast(version, MINIMUM)) return { path, version: version.join('.') };
  }
  return undefined;
}

/** Resolves to what went wrong, or undefined. */
async function createEnvironment(base, folder, requirements) {
  await rm(folder, { recursive: true, force: true });
  let made = await runCommand(base, ['-m', 'venv', folder]);
  if (made.code !== 0 && await canInstallPackages()) {
    const problem = await installPackages(['python3-venv']);
    if (problem !== undefined) return problem;
    await rm(folder, { recursive: true, force: true });
    made = await runCommand(base, ['-m', 'venv', folder]);
  }
  if (made.code !== 0) return `Python cannot make a virtual environment (is python3-venv installed?):\n${lastLines(made.output, 5)}`;
  const installed = await withProgress(`Installing Python packages of ${requirements} (pip)`, () =>
    runCommand(`${folder}/bin/python`, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', inWorkspace(requirements)]));
  return installed.code === 0 ? undefined : `pip could not install ${requirements}:\n${lastLines(installed.output, 10)}`;
}

async function exists(path) {
  return access(path).then(() => true, () => false);
}
