// The stages of `npm test`, in order. Each resolves to results; none throws for a test that fails.
import { readdir, readFile, rm } from 'node:fs/promises';
import { lastLines } from '../launch/run-command.mjs';
import { ensureBuilt } from '../launch/app-build.mjs';
import { taskCommands } from '../launch/tasks.mjs';
import { inWorkspace } from '../launch/workspace.mjs';
import { startBackends } from './backends.mjs';
import { runLogged } from './logged.mjs';
import { fromJest, fromPytest, noResults, single } from './results.mjs';

/** What single tests skip themselves without. */
const forSome = new Set(['versitygw', 'go-flight']);

export const stages = {
  lint: { title: 'Lint', needs: [], run: (context) => runWhole('lint', context) },
  typecheck: { title: 'Type check', needs: [], run: (context) => runWhole('typecheck', context) },
  unit: { title: 'Unit, contract and architecture tests', needs: ['postgresql', 'nats-server', 'versitygw', 'python'], run: runJest },
  e2e: { title: 'End to end, all in one process', needs: ['python', 'versitygw', 'go-flight'], run: (context) => runPytest('e2e', 'all-in-one', context) },
  cluster: { title: 'End to end, as a cluster', needs: ['python', 'postgresql', 'nats-server', 'versitygw', 'go-flight'], run: (context) => runPytest('cluster', 'cluster', context) },
};

async function runWhole(name, { node, verbose }) {
  for (const args of taskCommands(name)) {
    const { code, output } = await runLogged(name, node, args, { verbose });
    if (code !== 0) return single(name, lastLines(output, 200));
  }
  return single(name);
}

async function runJest({ node, tools, verbose, filters }) {
  const reportPath = inWorkspace('tmp', 'test', 'jest.json');
  await rm(reportPath, { force: true });
  const backends = await startBackends({ natsServer: tools['nats-server'].natsServer, binFolder: tools.postgresql.binFolder });
  try {
    const args = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', '--json', `--outputFile=${reportPath}`, ...filters];
    const { output } = await runLogged('unit', node, args, { env: { ...backends.env, ...foundTools(tools) }, verbose });
    const report = await readJson(reportPath);
    return report ? fromJest(report) : single('jest', lastLines(output));
  } finally {
    await backends.stop();
  }
}

async function runPytest(stage, topology, { node, tools, verbose, filters }) {
  const missing = stages[stage].needs.filter((name) => tools[name].unavailable && !forSome.has(name));
  if (missing.length > 0) return skipAll(topology, missing.map((name) => `no ${name}: ${tools[name].unavailable}`).join('; '));
  await ensureBuilt(topology === 'cluster' ? ['catalog', 'search', 'reader', 'gateway'] : ['tessera'], node);
  const reportPath = inWorkspace('tmp', 'test', `${stage}.json`);
  await rm(reportPath, { force: true });
  const args = ['-m', 'pytest', 'e2e', '-p', 'no:cacheprovider', '--tb=short', '-q', ...sideBySide(filters), `--tessera-report=${reportPath}`, ...filters];
  const env = { TOPOLOGY: topology, TESSERA_TEST_NODE: node, NO_PROXY: '*', no_proxy: '*', PYTHONDONTWRITEBYTECODE: '1', ...foundTools(tools) };
  const { code, output } = await runLogged(stage, tools.python.python, args, { env, verbose });
  const tests = await readJson(reportPath);
  if (tests === undefined || tests.length === 0) return single(`${topology}: pytest`, lastLines(output));
  const result = fromPytest(tests, topology);
  // pytest can end badly without any test having failed, e.g. when a file cannot be imported.
  if (code !== 0 && result.failures.length === 0) result.failures.push({ name: `${topology}: pytest`, detail: lastLines(output) });
  return result;
}

/** Variables that tests look for. */
function foundTools({ python: { python }, versitygw: { versitygw }, 'go-flight': { goFlight } = {} }) {
  return { ...(python ? { TESSERA_TEST_PYTHON: python } : {}), ...(versitygw ? { TESSERA_TEST_VERSITYGW: versitygw } : {}), ...(goFlight ? { TESSERA_TEST_GO_FLIGHT: goFlight } : {}) };
}

/** Files of tests by two processes, which start servers of their own; one is enough where tests are picked by hand. */
function sideBySide(filters) {
  return filters.length > 0 ? [] : ['-n', '2', '--dist', 'loadfile'];
}

async function skipAll(topology, reason) {
  const files = (await readdir(inWorkspace('e2e'))).filter((name) => /^test_.*\.py$/.test(name)).sort();
  return { ...noResults(), skips: files.map((file) => ({ name: `${topology}: e2e/${file}`, reason })) };
}

async function readJson(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
