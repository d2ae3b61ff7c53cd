// The workspace's tasks as lists of commands.
import { ensureBuilt } from './app-build.mjs';
import { runChild } from './run-child.mjs';
import { inWorkspace, toolEnvironment, workspaceRoot } from './workspace.mjs';

const APPS = ['tessera', 'gateway', 'catalog', 'search', 'reader'];

/** Each task is a list of commands for Node; the first that fails ends it. */
const tasks = {
  // The boundary rule is silent without the project graph, so it is made first.
  lint: [
    ['node_modules/.bin/nx', 'graph', '--file=tmp/project-graph.json'],
    ['node_modules/.bin/eslint', '.', '--max-warnings', '0'],
  ],
  typecheck: [['node_modules/.bin/tsc', '-p', 'tsconfig.json']],
  bench: [['bench/run.mjs']],
};

/** Names of all tasks. */
export const taskNames = [...Object.keys(tasks), 'build'];

/** The arguments for Node, one list per command of a task, with paths made absolute. */
export function taskCommands(name) {
  return tasks[name].map(([script, ...args]) => [inWorkspace(script), ...args]);
}

/** Runs a task. Resolves to its exit code. */
export async function runTask(name, node, extra = []) {
  if (name === 'build' || name === 'bench') await ensureBuilt(APPS, node);
  const commands = name === 'build' ? [] : taskCommands(name);
  for (const [index, args] of commands.entries()) {
    const tail = index === commands.length - 1 ? extra : [];
    const code = await runChild(node, [...args, ...tail], { cwd: workspaceRoot, env: toolEnvironment() });
    if (code !== 0) return code;
  }
  return 0;
}
