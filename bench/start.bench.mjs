// How long from `tessera serve` to the first answer, of a state that knows 1,000 files?
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appMain, ensureBuilt } from '../tools/launch/app-build.mjs';
import { inWorkspace } from '../tools/launch/workspace.mjs';
import { aimTable } from './rig/aims.mjs';
import { makeFiles, npyFrame } from './rig/frame-files.mjs';
import { machine } from './rig/machine.mjs';
import { writePage } from './rig/page.mjs';
import { cpuSeconds, freePort, processTree, startProcess } from './rig/processes.mjs';
import { headers } from './rig/tessera.mjs';

const fileCount = 1000;
const starts = 5;
const nameOf = (number) => `f${String(number).padStart(6, '0')}x.npy`;
await ensureBuilt(['tessera'], process.execPath);
const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const files = join(folder, 'files');
const state = join(folder, 'state');
const programs = [['the program itself', appMain('tessera')], ['by `npm start`, which looks first whether all is built', inWorkspace('tools', 'launch', 'tessera.mjs')]];

/** Starts and asks for the last of the files until it answers. Resolves to seconds of wall and of CPU until then. */
async function start(main, isDone = () => true) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/api/v1/array/full/${nameOf(fileCount - 1).replace('.npy', '')}?format=application/octet-stream`;
  const beganMs = performance.now();
  const server = startProcess(process.execPath, [main, 'serve', files, '--port', String(port), '--api-key', headers.Authorization.slice('Apikey '.length), '--state', state]);
  while (!(await fetch(url, { headers }).then(async (answer) => answer.ok && (await answer.arrayBuffer()).byteLength > 0, () => false)) || !isDone(server)) {
    if (server.hasEnded() || performance.now() - beganMs > 120_000) throw new Error(`It does not answer:\n${server.output().slice(-4000)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const seconds = (performance.now() - beganMs) / 1000;
  const cpu = cpuSeconds(processTree(server.pid));
  await server.stop();
  return { seconds, cpu };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const rows = [];
const medians = [];
try {
  makeFiles(files, fileCount, nameOf, npyFrame);
  const first = await start(programs[0][1], (server) => /Indexing complete/.test(server.output()));
  rows.push(`| the program itself, of an empty state, until all is indexed | ${first.seconds.toFixed(2)} | | ${first.cpu.toFixed(2)} |`);
  console.log(rows.at(-1));
  for (const [title, main] of programs) {
    const found = [];
    for (let number = 0; number < starts; number++) found.push(await start(main));
    const seconds = found.map((each) => each.seconds);
    medians.push({ title, seconds: median(seconds) });
    rows.push(`| ${title} | ${median(seconds).toFixed(2)} | ${Math.max(...seconds).toFixed(2)} | ${median(found.map(({ cpu }) => cpu)).toFixed(2)} |`);
    console.log(rows.at(-1));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

writePage('start', [
  '# From the start to the first answer',
  '',
  `One process with every role over a folder of ${fileCount.toLocaleString('en')} npy files that its state knows already: from the start of the process until it answers with the elements`,
  `of one of them, asked for every 10 ms. The median and the longest of ${starts} starts, and the CPU that a start took until then.`,
  '',
  machine(),
  '',
  ...aimTable(medians.map(({ title, seconds }) => ({ aim: `${title}: within 2 s`, measured: `${seconds.toFixed(2)} s`, holds: seconds < 2 }))),
  '',
  '| start | s | longest, s | CPU s |',
  '|---|--:|--:|--:|',
  ...rows,
  '',
]);
