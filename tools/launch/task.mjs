// `npm run lint | typecheck | build | bench`: installs what is missing, then runs the task on a recent Node.
import { findNode } from './node-runtime.mjs';
import { ensurePackages } from './packages.mjs';
import { say } from './progress.mjs';
import { runTask, taskNames } from './tasks.mjs';

async function main([name, ...extra]) {
  if (!taskNames.includes(name)) throw new Error(`unknown task "${name ?? ''}"; there are ${taskNames.join(', ')}.`);
  await ensurePackages();
  return runTask(name, await findNode(), extra);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(`task: ${error.message}`);
  process.exitCode = 1;
}
