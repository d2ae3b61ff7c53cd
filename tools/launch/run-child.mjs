// Runs a program in the place of this one: its input and output are ours, signals go to it, its exit code is ours.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'];

/** Preloaded into children, so that none outlives a parent that was killed outright. */
export const exitWithParent = fileURLToPath(new URL('exit-with-parent.mjs', import.meta.url));

/**
 * Resolves to the exit code (128 + signal number if a signal ended it). A Ctrl-C reaches the whole process
 * group, so a program may see one signal twice: draining must be safe to ask for again.
 */
export function runChild(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const forwarders = FORWARDED.map((signal) => [signal, () => child.kill(signal)]);
    for (const [signal, forward] of forwarders) process.on(signal, forward);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const [name, forward] of forwarders) process.off(name, forward);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}
