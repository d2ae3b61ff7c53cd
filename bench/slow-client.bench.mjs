// What does a large answer to a slow client cost the others? Memory, the first byte, and how long other requests stand still.
import { readFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { aimTable } from './rig/aims.mjs';
import { machine } from './rig/machine.mjs';
import { writePage } from './rig/page.mjs';
import { processTree } from './rig/processes.mjs';
import { ensureRivals, runPython } from './rig/rivals.mjs';
import { headers, startAllInOne, startCluster } from './rig/tessera.mjs';

const [frameCount, side] = [200, 1024];
const byteLength = frameCount * side * side * 2;
const bytesPerSecond = Number(process.env.BYTES_PER_SECOND ?? 8e6);
const node = 'stack/image';
const python = await ensureRivals();
const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const files = join(folder, 'files');

// One chunk a frame, compressed, eight of them again and again.
const writer = `
import sys, h5py, numpy as np
path, frames, side = sys.argv[1], *map(int, sys.argv[2:])
random = np.random.default_rng(1)
with h5py.File(path, "w") as file:
    stack = file.create_dataset("image", (frames, side, side), "<u2", chunks=(1, side, side), compression="gzip", shuffle=True)
    stack[:8] = random.poisson(200, (8, side, side))
    for number in range(8, frames):
        stack.id.write_direct_chunk((number, 0, 0), stack.id.read_direct_chunk((number % 8, 0, 0))[1])
print(0)
`;

/** Resident memory of a process (proc(5), VmRSS), MiB. */
const memoryMiB = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** Processes of Tessera itself by role. */
function ownProcesses(pid) {
  return processTree(pid).flatMap((each) => {
    const role = /apps\/(\w+)\/main\.js/.exec(readFileSync(`/proc/${each}/cmdline`, 'latin1'))?.[1];
    return role ? [{ pid: each, role }] : [];
  });
}

/** Takes an answer no faster than it may. Resolves to milliseconds until its first byte, and how many bytes came. */
function takeSlowly(url) {
  return new Promise((resolve, reject) => {
    const beganMs = performance.now();
    get(url, { headers: { ...headers, Accept: 'application/octet-stream' }, agent: false, highWaterMark: 64 * 1024 }, (answer) => {
      let taken = 0;
      let firstByteMs;
      answer.on('data', (piece) => {
        firstByteMs ??= performance.now() - beganMs;
        taken += piece.byteLength;
        const aheadMs = taken / bytesPerSecond * 1000 - (performance.now() - beganMs);
        if (aheadMs < 5) return;
        answer.pause();
        setTimeout(() => answer.resume(), aheadMs);
      });
      answer.on('end', () => resolve({ firstByteMs, taken, status: answer.statusCode }));
      answer.on('error', reject);
    }).on('error', reject);
  });
}

/** Asks again and again for something small, until told to stop. Resolves to all latencies in milliseconds. */
async function askMeanwhile(url, signal) {
  const latencies = [];
  while (!signal.aborted) {
    const beganMs = performance.now();
    const answer = await fetch(url, { headers });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${url}: status ${answer.status}`);
    latencies.push(performance.now() - beganMs);
    await delay(5);
  }
  return latencies.sort((a, b) => a - b);
}

/** The most that each process has, looked at until told to stop. */
async function watchMemory(processes, signal) {
  const most = processes.map(() => 0);
  while (!signal.aborted) {
    processes.forEach(({ pid }, index) => (most[index] = Math.max(most[index], memoryMiB(pid))));
    await delay(20);
  }
  return most;
}

async function measureOne(server) {
  const small = `${server.origin}/api/v1/array/full/${node}?slice=3,100:164,100:164&format=application/octet-stream`;
  const large = `${server.origin}/api/v1/array/full/${node}?format=application/octet-stream`;
  const during = async (work) => {
    const stop = new AbortController();
    const others = askMeanwhile(small, stop.signal);
    const result = await work(stop.signal);
    stop.abort();
    return { ...result, latencies: await others };
  };
  // What each has for answering at all, the code included that answers with an array.
  const alone = await during(async () => {
    await fetch(`${server.origin}/api/v1/array/full/${node}?slice=0:8&format=application/octet-stream`, { headers }).then((answer) => answer.arrayBuffer());
    await delay(5000);
  });
  const processes = ownProcesses(server.pid);
  const before = processes.map(({ pid }) => memoryMiB(pid));
  const meanwhile = await during(async () => {
    const stop = new AbortController();
    const watched = watchMemory(processes, stop.signal);
    const taken = await takeSlowly(large);
    stop.abort();
    return { ...taken, most: await watched };
  });
  if (meanwhile.status !== 200 || meanwhile.taken !== byteLength) throw new Error(`Status ${meanwhile.status}, ${meanwhile.taken} bytes`);
  const growth = processes.map(({ role }, index) => ({ role, before: before[index], growth: meanwhile.most[index] - before[index] }));
  return { growth, firstByteMs: meanwhile.firstByteMs, stallMs: meanwhile.latencies.at(-1), aloneMs: alone.latencies.at(-1), count: meanwhile.latencies.length, median: meanwhile.latencies[meanwhile.latencies.length >> 1] };
}

const settings = { TESSERA_HTTP__RESPONSE_BYTE_LIMIT: '500000000' };
const contenders = [
  ['one process', () => startAllInOne(folder, files, settings, node)],
  ['gateway and reader', () => startCluster(folder, files, settings, node)],
];
const rows = [];
const aims = [];
try {
  mkdirSync(files);
  await runPython(python, writer, [join(files, 'stack.h5'), frameCount, side]);
  for (const [name, start] of contenders) {
    const server = await start();
    try {
      const { growth, firstByteMs, stallMs, aloneMs, count, median } = await measureOne(server);
      const most = growth.reduce((a, b) => (b.growth > a.growth ? b : a));
      aims.push(
        { aim: `${name}: no process grows by 32 MiB`, measured: `${most.growth.toFixed(0)} MiB${growth.length > 1 ? ` (${most.role})` : ''}`, holds: most.growth < 32 },
        { aim: `${name}: first byte within 100 ms`, measured: `${firstByteMs.toFixed(0)} ms`, holds: firstByteMs < 100 },
        { aim: `${name}: other requests stand still for less than 50 ms`, measured: `${stallMs.toFixed(0)} ms (without the slow client ${aloneMs.toFixed(0)} ms)`, holds: stallMs < 50 },
      );
      rows.push(`| ${name} | ${growth.map((each) => `${each.role} ${each.growth.toFixed(0)} over ${each.before.toFixed(0)}`).join(', ')} | ${firstByteMs.toFixed(0)} | ${count} | ${median.toFixed(1)} | ${stallMs.toFixed(0)} |`);
      console.log(rows.at(-1));
    } finally {
      await server.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

writePage('slow-client', [
  '# A large answer to a slow client',
  '',
  `${(byteLength / 1e6).toFixed(0)} MB of an HDF5 stack (gzip and shuffle, a chunk a frame of ${side} x ${side} 16-bit integers) as one answer, taken at ${bytesPerSecond / 1e6} MB/s. Meanwhile another`,
  'client asks for a window of 64 x 64 elements every 5 ms; the longest of its requests is the stall. Growth is the most resident memory while the answer',
  'is sent, over that before it, after a first answer of eight frames. The clients share the cores with the server.',
  '',
  machine(),
  '',
  ...aimTable(aims),
  '',
  '| server | growth, MiB | first byte, ms | other requests | median, ms | longest, ms |',
  '|---|---|--:|--:|--:|--:|',
  ...rows,
  '',
]);
