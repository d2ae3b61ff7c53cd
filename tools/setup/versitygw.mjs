// versitygw, the S3 server that tests read from: from PATH, from the tools folder, or built by Go.
import { mkdir } from 'node:fs/promises';
import { withProgress } from '../launch/progress.mjs';
import { lastLines, runCommand } from '../launch/run-command.mjs';
import { findExecutable, isAtLeast, versionOf } from './executables.mjs';
import { alone, inTools, unavailable } from './tool-cache.mjs';

const PINNED = 'v1.8.0';
/** Go fetches a newer toolchain by itself from this version on. */
const GO_MINIMUM = [1, 21];

/** Resolves to `{ versitygw }`, the program's path, or `{ unavailable }`. */
export async function ensureVersitygw() {
  const present = await findServer();
  if (present) return { versitygw: present };
  return alone('versitygw', async () => {
    const result = (await findServer()) ?? (await buildWithGo());
    return typeof result === 'string' ? { versitygw: result } : unavailable(`no versitygw in PATH; ${result.reason}`);
  });
}

async function findServer() {
  // Built from source it does not know its version; that it can tell so is enough.
  for (const path of [inTools('versitygw', PINNED, 'versitygw'), await findExecutable('versitygw', ['/usr/local/bin'])]) {
    if (path && (await runCommand(path, ['--version'])).code === 0) return path;
  }
  return undefined;
}

async function buildWithGo() {
  const go = await findExecutable('go', ['/usr/local/go/bin']);
  const version = go && await versionOf(go, ['version']);
  if (!version || !isAtLeast(version, GO_MINIMUM)) return { reason: `no Go ${GO_MINIMUM.join('.')} or later to build it` };
  const folder = inTools('versitygw', PINNED);
  await mkdir(folder, { recursive: true });
  const { code, output } = await withProgress(`Building versitygw ${PINNED} (go install)`, () =>
    runCommand(go, ['install', `github.com/versity/versitygw/cmd/versitygw@${PINNED}`], { env: { ...process.env, GOBIN: folder, GOFLAGS: '-trimpath' } }));
  return code === 0 ? `${folder}/versitygw` : { reason: `go install failed:\n${lastLines(output, 5)}` };
}
