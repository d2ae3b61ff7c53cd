// The Flight client in Go that tests read with: e2e/go_flight, built by Go into the tools folder, by its content.
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withProgress } from '../launch/progress.mjs';
import { lastLines, runCommand } from '../launch/run-command.mjs';
import { inWorkspace } from '../launch/workspace.mjs';
import { findExecutable, isAtLeast, versionOf } from './executables.mjs';
import { alone, inTools, shortHash, unavailable } from './tool-cache.mjs';

const SOURCES = ['main.go', 'go.mod', 'go.sum'];
/** Go fetches a newer toolchain by itself from this version on. */
const GO_MINIMUM = [1, 21];

/** Resolves to `{ goFlight }`, the program's path, or `{ unavailable }`. */
export async function ensureGoFlight() {
  const folder = inWorkspace('e2e', 'go_flight');
  const contents = await Promise.all(SOURCES.map((name) => readFile(join(folder, name), 'utf8')));
  const program = inTools('go-flight', shortHash(contents.join('\0')), 'go_flight');
  const isThere = () => access(program).then(() => true, () => false);
  if (await isThere()) return { goFlight: program };
  return alone('go-flight', async () => {
    const reason = (await isThere()) ? undefined : await buildWithGo(folder, program);
    return reason === undefined ? { goFlight: program } : unavailable(reason);
  });
}

/** Resolves to the reason why it cannot be built. */
async function buildWithGo(folder, program) {
  const go = await findExecutable('go', ['/usr/local/go/bin']);
  const version = go && await versionOf(go, ['version']);
  if (!version || !isAtLeast(version, GO_MINIMUM)) return `no Go ${GO_MINIMUM.join('.')} or later to build e2e/go_flight`;
  const { code, output } = await withProgress('Building the Flight client in Go', () => runCommand(go, ['build', '-trimpath', '-o', program, '.'], { cwd: folder, env: process.env }));
  return code === 0 ? undefined : `go build failed:\n${lastLines(output, 5)}`;
}
