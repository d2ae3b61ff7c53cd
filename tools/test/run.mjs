// `npm test [-- STAGE … [--verbose] [-- FILTER …]]`: every stage, or those named; the last line is `N passed, N failed`.
import { findNode } from '../launch/node-runtime.mjs';
import { ensurePackages } from '../launch/packages.mjs';
import { say } from '../launch/progress.mjs';
import { exitWithParent, runChild } from '../launch/run-child.mjs';

const names = ['lint', 'typecheck', 'unit', 'e2e', 'cluster'];

/** Stages, verbosity and what is handed on to Jest and pytest. @throws Error for a stage there is not. */
function parse(args) {
  const [own, filters] = args.includes('--') ? [args.slice(0, args.indexOf('--')), args.slice(args.indexOf('--') + 1)] : [args, []];
  const chosen = own.filter((word) => word !== '--verbose');
  const unknown = chosen.filter((word) => !names.includes(word));
  if (unknown.length > 0) throw new Error(`there is no stage "${unknown.join(', ')}"; there are ${names.join(', ')}.`);
  return { chosen: chosen.length > 0 ? names.filter((name) => chosen.includes(name)) : names, verbose: own.includes('--verbose'), filters };
}

try {
  const options = parse(process.argv.slice(2));
  await ensurePackages();
  const node = await findNode();
  if (node !== process.execPath) {
    process.exitCode = await runChild(node, ['--import', exitWithParent, ...process.argv.slice(1)]);
  } else {
    const { runStages } = await import('./run-stages.mjs');
    process.exitCode = await runStages({ ...options, node });
  }
} catch (error) {
  say(`test: ${error.message}`);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
