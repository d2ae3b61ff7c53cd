// How long until 100,000 small files are served as one array, and 10,000 one by one? And what does a frame cost then?
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { appMain, ensureBuilt } from '../tools/launch/app-build.mjs';
import { ensureNginx, ensureWrk } from '../tools/setup/bench-tools.mjs';
import { makeFiles, npyFrame, pngFrame } from './rig/frame-files.mjs';
import { measure } from './rig/load.mjs';
import { machine } from './rig/machine.mjs';
import { writePage } from './rig/page.mjs';
import { startNginx } from './rig/peers.mjs';
import { cpuSeconds, freePort, startProcess } from './rig/processes.mjs';
import { headers } from './rig/tessera.mjs';

const frameCount = 100_000;
const apartCount = 10_000;
const read = 1000;
const padded = (number) => String(number).padStart(6, '0');
const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const { nginx, unavailable: noNginx } = await ensureNginx();
const { wrk, unavailable: noWrk } = await ensureWrk();
if (!nginx || !wrk) throw new Error(`This needs nginx and wrk: ${noNginx ?? noWrk}`);
await ensureBuilt(['tessera'], process.execPath);

const sets = [
  { title: '100,000 npy, one array', count: frameCount, name: (number) => `frame_${padded(number)}.npy`, bytes: npyFrame, key: 'frame_' },
  { title: '100,000 PNG, one array', count: frameCount, name: (number) => `frame_${padded(number)}.png`, bytes: pngFrame, key: 'frame_' },
  { title: '10,000 npy, an array each', count: apartCount, name: (number) => `f${padded(number)}x.npy`, bytes: npyFrame },
];

/** Starts over the files, and waits for the end of the walk. */
async function start(files, state) {
  const port = await freePort();
  const beganMs = performance.now();
  const server = startProcess(process.execPath, [appMain('tessera'), 'serve', files, '--port', String(port), '--api-key', headers.Authorization.slice('Apikey '.length), '--state', state]);
  while (!/Indexing complete/.test(server.output())) {
    if (server.hasEnded() || performance.now() - beganMs > 1_800_000) throw new Error(`The walk did not end:\n${server.output().slice(-4000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { ...server, origin: `http://127.0.0.1:${port}`, seconds: (performance.now() - beganMs) / 1000, cpu: cpuSeconds([server.pid]), peakMiB: peakMiB(server.pid) };
}

/** Most memory that a process had (proc(5), VmHWM). */
function peakMiB(pid) {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);
}

/** The least that reading every header takes: a bare loop over the same files. */
function headerSeconds(files) {
  const beganMs = performance.now();
  const head = Buffer.alloc(4096);
  for (const name of readdirSync(files)) {
    const fd = openSync(join(files, name));
    readSync(fd, head);
    closeSync(fd);
  }
  return (performance.now() - beganMs) / 1000;
}

function largestManifest(state) {
  const found = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /manifests/.test(entry.parentPath));
  return Math.max(...found.map((entry) => statSync(join(entry.parentPath, entry.name)).size));
}

const loadBefore = loadavg()[0];
const registered = [];
const frames = [];
const row = (cells) => `| ${cells.join(' | ')} |`;
const took = ({ seconds, cpu, peakMiB: most }) => `${seconds.toFixed(1)} s, CPU ${cpu.toFixed(1)} s, ${most} MiB`;
const cost = ({ cpuMsPerRequest, requestsPerSecond, p50, p99 }) => [cpuMsPerRequest.toFixed(3), Math.round(requestsPerSecond), p50, p99];
try {
  for (const [index, { title, count, name, bytes, key }] of sets.entries()) {
    const files = makeFiles(join(folder, `files-${index}`, 'image'), count, name, bytes);
    const state = join(folder, `state-${index}`);
    const bare = headerSeconds(files);
    const first = await start(files, state);
    if (key) {
      const at = (number) => Math.floor((number * count) / read);
      const chunks = Array.from({ length: read }, (_, number) => `/zarr/v2/${key}/${at(number)}.0.0`);
      const slices = Array.from({ length: read }, (_, number) => `/api/v1/array/full/${key}?slice=${at(number)}&format=application/octet-stream`);
      const asked = { wrk, folder, origin: first.origin, headers, pid: first.pid };
      frames.push(row([`Tessera, ${title}, /zarr/v2`, ...cost(await measure({ ...asked, paths: chunks }))]));
      frames.push(row([`Tessera, ${title}, /api/v1/array/full?slice=i`, ...cost(await measure({ ...asked, paths: slices }))]));
    }
    await first.stop();
    const second = await start(files, state);
    await second.stop();
    writeFileSync(join(files, name(count)), bytes(count));
    const grown = await start(files, state);
    await grown.stop();
    registered.push(row([title, `${bare.toFixed(1)} s`, took(first), took(second), took(grown), key ? `${(largestManifest(state) / 2 ** 20).toFixed(1)} MiB` : '']));
    console.log(registered.at(-1));
    if (index === 0) {
      writeFileSync(join(files, '.zarray'), '');
      const peer = await startNginx(nginx, folder, join(files, '..'));
      const paths = Array.from({ length: read }, (_, number) => `/image/${name(Math.floor((number * count) / read))}`);
      frames.push(row(['nginx, the npy files', ...cost(await measure({ wrk, folder, origin: peer.origin, paths, pid: peer.pid }))]));
      await peer.stop();
    }
    console.log(frames.join('\n'));
    rmSync(files, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

writePage('register-series', [
  '# Registering many small files', '',
  'Frames of 32 x 32 16-bit numbers in one folder, one process with every role, from its start to the end of the walk: time, CPU and the most',
  'memory it had. "Headers" is a bare loop that opens each file, reads 4 KiB and closes it, just before.', '',
  `${machine()}. Load of the machine from other work as it began: ${loadBefore.toFixed(1)}.`, '',
  '| files | headers | first start | second start, nothing changed | third, one file more | manifest |', '|---|--:|--:|--:|--:|--:|', ...registered, '',
  '## Reading one frame', '', `${read} frames in turn, 16 clients.`, '',
  '| server | CPU ms/request | requests/s | p50 | p99 |', '|---|--:|--:|--:|--:|', ...frames, '',
]);
