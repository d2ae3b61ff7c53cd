// What does a table cost over Arrow Flight? 5 million rows of 10 columns, from Parquet and from an Arrow file, beside pyarrow's own server.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { ensurePython } from '../tools/setup/python.mjs';
import { key, memoryGrowth, startClient, startRival, startTessera } from './rig/flight.mjs';
import { machine } from './rig/machine.mjs';
import { writePage } from './rig/page.mjs';
import { cpuSeconds } from './rig/processes.mjs';

const rowCount = 5_000_000;
const rounds = 5;
const someColumns = ['c2', 'c7'];
const { python, unavailable } = await ensurePython();
if (!python) throw new Error(`This needs Python: ${unavailable}`);
const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const files = join(folder, 'files');
mkdirSync(files);
execFileSync(python, [join(import.meta.dirname, 'rig', 'make_table.py'), files, String(rowCount)], { stdio: 'inherit' });

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const kinds = [
  { what: 'Parquet, 10 columns', from: 'parquet', aim: 1.3 },
  { what: 'Parquet, 2 columns', from: 'parquet', columns: someColumns },
  { what: 'Arrow, 10 columns', from: 'arrow', aim: 1.3 },
  { what: 'Arrow, 2 columns', from: 'arrow', columns: someColumns },
];
const ofRival = ({ address }, { from, columns }) => ({ address, ticket: { from, ...(columns ? { columns } : {}) } });
const ofTessera = ({ address }, { from, columns }) => ({ address, key, command: { path: from, ...(columns ? { columns } : {}) } });

/** One client, several times: seconds, processor seconds of the server, most memory. */
async function measure(server, request) {
  const client = startClient(python);
  try {
    await client.read(request);
    const pids = server.tree?.() ?? server.servers();
    const cpuBefore = cpuSeconds(pids);
    const { result: seconds, growth } = await memoryGrowth(server.servers(), async () => {
      const found = [];
      for (let round = 0; round < rounds; round++) found.push((await client.read(request)).seconds);
      return found;
    });
    return { seconds: median(seconds), cpu: (cpuSeconds(pids) - cpuBefore) / rounds, growth };
  } finally {
    client.stop();
  }
}

/** Seconds for four reads, by one client one after the other and by four at once. */
async function fourClients(server, request) {
  const clients = Array.from({ length: 4 }, () => startClient(python));
  const timed = async (work) => {
    const started = performance.now();
    await work();
    return (performance.now() - started) / 1000;
  };
  try {
    await Promise.all(clients.map((client) => client.read(request)));
    const inTurn = [];
    const atOnce = [];
    for (let round = 0; round < 3; round++) {
      inTurn.push(await timed(async () => { for (let i = 0; i < 4; i++) await clients[0].read(request); }));
      atOnce.push(await timed(() => Promise.all(clients.map((client) => client.read(request)))));
    }
    return { inTurn: median(inTurn), atOnce: median(atOnce) };
  } finally {
    for (const client of clients) client.stop();
  }
}

const rows = [];
const aims = [];
const rivalSeconds = new Map();
const contenders = [
  ['pyarrow', () => startRival(python, join(files, 'arrow.arrow'), join(files, 'parquet.parquet')), ofRival],
  ['Tessera, one process', () => startTessera(folder, files), ofTessera],
  ['Tessera, gateway and 2 readers', () => startTessera(folder, files, 2), ofTessera],
];
try {
  for (const [name, start, requestOf] of contenders) {
    const server = await start();
    try {
      for (const kind of kinds) {
        const { seconds, cpu, growth } = await measure(server, requestOf(server, kind));
        if (name === 'pyarrow') rivalSeconds.set(kind.what, seconds);
        const ratio = seconds / rivalSeconds.get(kind.what);
        rows.push(`| ${name} | ${kind.what} | ${seconds.toFixed(3)} | ${ratio.toFixed(2)} | ${cpu.toFixed(2)} | ${Math.round(growth)} |`);
        console.log(rows.at(-1));
        if (name === 'pyarrow') continue;
        if (kind.aim) aims.push(`| ${name}: ${kind.what}, time beside pyarrow | at most ${kind.aim} x | ${ratio.toFixed(2)} x | ${ratio <= kind.aim ? 'yes' : 'no'} |`);
        aims.push(`| ${name}: ${kind.what}, memory growth of a process | under 150 MB | ${Math.round(growth)} MB | ${growth < 150 ? 'yes' : 'no'} |`);
      }
      if (name.endsWith('2 readers')) {
        const { inTurn, atOnce } = await fourClients(server, requestOf(server, kinds[2]));
        aims.push(`| ${name}: ${kinds[2].what}, four clients at once beside one after the other | no slower in total | ${atOnce.toFixed(2)} s beside ${inTurn.toFixed(2)} s | ${atOnce <= inTurn ? 'yes' : 'no'} |`);
        console.log(aims.at(-1));
      }
    } finally {
      await server.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

writePage('flight-read', [
  '# A table over Arrow Flight',
  '',
  `${rowCount.toLocaleString('en')} rows of 10 columns of float64 (400 MB), read by one client of pyarrow in a process of its own, which opens two endpoints at a time where a server`,
  `offers several. pyarrow's server reads the Parquet file at each request, and has the Arrow table in memory; Tessera reads either file. Median of ${rounds}`,
  'after one to warm up. CPU is that of all processes of the server for one read; memory is the most that one of its processes grew by meanwhile.',
  '',
  machine(),
  '',
  '| server | what | s | beside pyarrow | CPU s | growth MB |',
  '|---|---|--:|--:|--:|--:|',
  ...rows,
  '',
  '| aim | | measured | holds |',
  '|---|---|--:|---|',
  ...aims,
  '',
]);
