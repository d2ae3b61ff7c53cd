// Where the workspace is, for every script that runs before anything is built.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository's root, without a trailing slash. */
export const workspaceRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** A path inside the workspace. */
export function inWorkspace(...parts) {
  return join(workspaceRoot, ...parts);
}

/** The environment for the workspace's own tools: its binaries first in PATH, Nx without daemon and cloud. */
export function toolEnvironment(extra = {}) {
  return {
    ...process.env,
    PATH: `${inWorkspace('node_modules', '.bin')}:${process.env.PATH ?? ''}`,
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
    NX_TUI: 'false',
    ...extra,
  };
}
