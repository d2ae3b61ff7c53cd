// nginx and wrk: what benchmarks compare with and measure by. Nothing else needs them.
import { findExecutable } from './executables.mjs';
import { canInstallPackages, installPackages } from './system-packages.mjs';
import { alone, unavailable } from './tool-cache.mjs';

/** Resolves to `{ nginx }`, the program's path, or `{ unavailable }`. */
export function ensureNginx() {
  return ensureProgram('nginx', 'nginx-light');
}

/** Resolves to `{ wrk }`, the program's path, or `{ unavailable }`. */
export function ensureWrk() {
  return ensureProgram('wrk', 'wrk');
}

async function ensureProgram(name, packageName) {
  const find = () => findExecutable(name, ['/usr/sbin']);
  const present = await find();
  if (present) return { [name]: present };
  if (!(await canInstallPackages())) return unavailable(`no ${name} in PATH, and not root on a machine with apt-get`);
  return alone(name, async () => {
    const problem = (await find()) ? undefined : await installPackages([packageName]);
    const path = await find();
    return path ? { [name]: path } : unavailable(problem ?? `the package ${packageName} brought no ${name}`);
  });
}
