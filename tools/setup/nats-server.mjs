// nats-server: from PATH, from the tools folder, built by Go, or as the system's package.
import { mkdir } from 'node:fs/promises';
import { withProgress } from '../launch/progress.mjs';
import { lastLines, runCommand } from '../launch/run-command.mjs';
import { findExecutable, isAtLeast, versionOf } from './executables.mjs';
import { canInstallPackages, installPackages } from './system-packages.mjs';
import { alone, inTools, unavailable } from './tool-cache.mjs';

const PINNED = 'v2.15.2';
const WANTED = [2, 10];
/** Debian 12 packages 2.9, whose JetStream does what we need; taken only if nothing newer can be had. */
const ACCEPTED = [2, 9];
/** Go fetches a newer toolchain by itself from this version on. */
const GO_MINIMUM = [1, 21];

/** Resolves to `{ natsServer }`, the program's path, or `{ unavailable }`. */
export async function ensureNatsServer() {
  const present = await findServer(WANTED);
  if (present) return { natsServer: present };
  return alone('nats-server', async () => {
    const reasons = [];
    for (const attempt of [() => findServer(WANTED), buildWithGo, installPackage]) {
      const result = await attempt();
      if (typeof result === 'string') return { natsServer: result };
      if (result?.reason) reasons.push(result.reason);
    }
    return unavailable(`no nats-server ${WANTED.join('.')} or later in PATH; ${reasons.join('; ')}`);
  });
}

async function findServer(minimum) {
  for (const path of [inTools('nats-server', PINNED, 'nats-server'), await findExecutable('nats-server', ['/usr/sbin', '/usr/local/bin'])]) {
    const version = path && await versionOf(path);
    if (version && isAtLeast(version, minimum)) return path;
  }
  return undefined;
}

async function buildWithGo() {
  const go = await findExecutable('go', ['/usr/local/go/bin']);
  const version = go && await versionOf(go, ['version']);
  if (!version || !isAtLeast(version, GO_MINIMUM)) return { reason: `no Go ${GO_MINIMUM.join('.')} or later to build it` };
  const folder = inTools('nats-server', PINNED);
  await mkdir(folder, { recursive: true });
  const { code, output } = await withProgress(`Building nats-server ${PINNED} (go install)`, () =>
    runCommand(go, ['install', `github.com/nats-io/nats-server/v2@${PINNED}`], { env: { ...process.env, GOBIN: folder, GOFLAGS: '-trimpath' } }));
  return code === 0 ? `${folder}/nats-server` : { reason: `go install failed:\n${lastLines(output, 5)}` };
}

async function installPackage() {
  const packaged = await findServer(ACCEPTED);
  if (packaged) return packaged;
  if (!(await canInstallPackages())) return { reason: 'not root on a machine with apt-get' };
  const problem = await installPackages(['nats-server']);
  return problem === undefined ? findServer(ACCEPTED) : { reason: problem };
}
