// Runs a stage's command with its output in a file below tmp/test; on a terminal or on request also to be seen.
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { runCommand } from '../launch/run-command.mjs';
import { inWorkspace, toolEnvironment, workspaceRoot } from '../launch/workspace.mjs';

/** Resolves to `{ code, output, logPath }`. */
export async function runLogged(stage, command, args, { env = {}, verbose = false } = {}) {
  await mkdir(inWorkspace('tmp', 'test'), { recursive: true });
  const logPath = `tmp/test/${stage}.log`;
  const log = createWriteStream(inWorkspace(logPath));
  const onOutput = (piece) => {
    log.write(piece);
    if (verbose) process.stderr.write(piece);
  };
  const result = await runCommand(command, args, { cwd: workspaceRoot, env: toolEnvironment(env), onOutput });
  await new Promise((resolve) => log.end(resolve));
  return { ...result, logPath };
}
