#!/usr/bin/env node
// The command `tessera`, also behind `npm start` and `npm run cluster`. Runs on Node 20 with nothing installed:
// brings packages, a recent Node and the build up to date, then hands over to the program.
import { pathToFileURL } from 'node:url';
import { appMain, ensureBuilt } from './app-build.mjs';
import { findNode } from './node-runtime.mjs';
import { ensurePackages } from './packages.mjs';
import { say } from './progress.mjs';
import { exitWithParent, runChild } from './run-child.mjs';
import { inWorkspace } from './workspace.mjs';

const ROLE_APPS = ['catalog', 'search', 'reader', 'gateway'];

async function prepare(args) {
  await ensurePackages();
  const node = await findNode();
  const isCluster = args[0] === 'cluster';
  await ensureBuilt(isCluster ? ROLE_APPS : ['tessera'], node);
  return { node, main: isCluster ? inWorkspace('tools', 'cluster', 'cluster.mjs') : appMain('tessera'), rest: isCluster ? args.slice(1) : args };
}

/** npm runs scripts in the root; paths in arguments are meant from where the user stands. */
function goWhereTheUserStands() {
  if (process.env.npm_lifecycle_event && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
}

async function main() {
  goWhereTheUserStands();
  const { node, main, rest } = await prepare(process.argv.slice(2));
  if (node === process.execPath) {
    process.setSourceMapsEnabled(true);
    process.argv = [node, main, ...rest];
    await import(pathToFileURL(main).href);
  } else {
    process.exitCode = await runChild(node, ['--import', exitWithParent, '--enable-source-maps', main, ...rest]);
  }
}

main().catch((error) => {
  say(`tessera: ${error.message}`);
  process.exitCode = 1;
});
