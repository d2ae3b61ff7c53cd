// Finds a Node that is recent enough: the one we run on, or the one that came as the npm package `node`.
import { withProgress } from './progress.mjs';
import { runCommand } from './run-command.mjs';
import { inWorkspace, workspaceRoot } from './workspace.mjs';

/** zlib with zstd came with 22.15. */
const MINIMUM = [22, 15];

/** Path of the Node executable to run Tessera with. @throws Error that says what to do if there is none. */
export async function findNode() {
  if (isRecentEnough(process.version)) return process.execPath;
  const packaged = inWorkspace('node_modules', '.bin', 'node');
  if (await runs(packaged)) return packaged;
  await withProgress('Fetching Node for this workspace (npm rebuild node)', () =>
    runCommand('npm', ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'], { cwd: workspaceRoot }));
  if (await runs(packaged)) return packaged;
  throw new Error(
    `This is Node ${process.version}; Tessera needs ${MINIMUM.join('.')} or later. The package "node", which brings one, `
    + 'is not usable here (its install script did not run, or this platform has none). '
    + 'Install Node 24 and start again.',
  );
}

/** Whether a version such as `v22.15.0` can run Tessera. */
export function isRecentEnough(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}

async function runs(executable) {
  const { code, output } = await runCommand(executable, ['--version']);
  return code === 0 && isRecentEnough(output.trim());
}
