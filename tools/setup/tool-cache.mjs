// Where tools that tests and the cluster need are kept: one folder per user, shared by all clones.
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from '../launch/file-lock.mjs';

/** `$TESSERA_TOOLS_DIR`, else `tessera/tools` in the user's cache folder. */
export function toolsDirectory() {
  if (process.env.TESSERA_TOOLS_DIR) return process.env.TESSERA_TOOLS_DIR;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tessera', 'tools');
}

/** A path below the tools folder. */
export function inTools(...parts) {
  return join(toolsDirectory(), ...parts);
}

/** Twelve hex digits that name a content. */
export function shortHash(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** Runs a set-up step while no other process runs the one of that name. */
export function alone(name, step) {
  return withFileLock(inTools(`${name}.lock`), step);
}

/** What a step returns when a tool truly cannot be had here. */
export function unavailable(reason) {
  return { unavailable: reason };
}
