// Finds programs on this machine and asks them for their version.
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runCommand } from '../launch/run-command.mjs';

/** Absolute path of a program in PATH or one of the further folders; undefined if there is none. */
export async function findExecutable(name, furtherFolders = []) {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...furtherFolders];
  for (const folder of folders) {
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** The first dotted number that `command --version` prints, as a list; undefined if it does not run. */
export async function versionOf(command, args = ['--version']) {
  const { code, output } = await runCommand(command, args);
  const found = code === 0 ? /(\d+(?:\.\d+)+|\d+)/.exec(output) : null;
  return found ? found[1].split('.').map(Number) : undefined;
}

/** Whether a version list is at least another. */
export function isAtLeast(version, minimum) {
  for (const [index, part] of minimum.entries()) {
    const have = version[index] ?? 0;
    if (have !== part) return have > part;
  }
  return true;
}

async function isExecutable(path) {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
