// Installs packages of the system, where we may: as root on a machine with apt-get (a container, a CI runner).
import { withProgress } from '../launch/progress.mjs';
import { lastLines, runCommand } from '../launch/run-command.mjs';
import { findExecutable } from './executables.mjs';
import { alone } from './tool-cache.mjs';

/** Whether this process may install system packages. */
export async function canInstallPackages() {
  return process.getuid?.() === 0 && (await findExecutable('apt-get')) !== undefined;
}

/** Installs packages without starting any service. Resolves to an explanation if it failed, undefined if all went well. */
export function installPackages(names) {
  return alone('apt-get', () => withProgress(`Installing ${names.join(', ')} (apt-get)`, async () => {
    // Without a multi-user run level the packages' scripts start no service.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    await runCommand('apt-get', ['update', '-qq'], { env });
    const { code, output } = await runCommand('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], { env });
    return code === 0 ? undefined : `apt-get could not install ${names.join(', ')}:\n${lastLines(output, 5)}`;
  }));
}
