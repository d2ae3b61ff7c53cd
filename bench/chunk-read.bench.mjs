// What does a read of a 128 KiB chunk cost? In one process and through gRPC, beside nginx and a bare node:http.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureNginx, ensureWrk } from '../tools/setup/bench-tools.mjs';
import { makeChunkFiles } from './rig/chunk-files.mjs';
import { measure } from './rig/load.mjs';
import { machine } from './rig/machine.mjs';
import { startBareNode, startNginx } from './rig/peers.mjs';
import { headers, startAllInOne, startCluster } from './rig/tessera.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const files = join(folder, 'files');
const { nginx, unavailable: noNginx } = await ensureNginx();
const { wrk, unavailable: noWrk } = await ensureWrk();
if (!nginx || !wrk) throw new Error(`This needs nginx and wrk: ${noNginx ?? noWrk}`);

const chunks = makeChunkFiles(files);
const zarrPaths = chunks.map((chunk) => `/zarr/v2/image/${chunk}`);
const blockPaths = chunks.map((chunk) => `/api/v1/array/block/image?block=${chunk.replace('.', ',')}&expected_shape=256,256`);

const contenders = [
  ['nginx, the same files', () => startNginx(nginx, folder, files), chunks.map((chunk) => `/image/${chunk}`), {}],
  ['bare node:http, one buffer in memory', () => startBareNode(2 ** 17), ['/'], {}],
  ['Tessera, one process, /zarr/v2', () => startAllInOne(folder, files), zarrPaths, headers],
  ['Tessera, one process, /api/v1/array/block', () => startAllInOne(folder, files), blockPaths, headers],
  ['Tessera, cluster with one reader (gRPC), /zarr/v2', () => startCluster(folder, files), zarrPaths, headers],
  ['Tessera, cluster with one reader (gRPC), /api/v1/array/block', () => startCluster(folder, files), blockPaths, headers],
];

const rows = [];
try {
  for (const [name, start, paths, sent] of contenders) {
    const server = await start();
    try {
      const result = await measure({ wrk, folder, origin: server.origin, paths, headers: sent, pid: server.pid });
      rows.push(`| ${name} | ${result.cpuMsPerRequest.toFixed(3)} | ${Math.round(result.requestsPerSecond)} | ${result.p50} | ${result.p99} |`);
      console.log(rows.at(-1));
    } finally {
      await server.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const page = [
  '# Reading a 128 KiB chunk',
  '',
  'Uncompressed Zarr v2 chunks in files, 64 of them in turn, 16 clients on one connection each, 8 s after 2 s of warm-up. CPU is that of',
  'all processes of the server (for the cluster also catalog, search, PostgreSQL and NATS), not of the client, which shares the cores.',
  '',
  machine(),
  '',
  '| server | CPU ms/request | requests/s | p50 | p99 |',
  '|---|--:|--:|--:|--:|',
  ...rows,
  '',
].join('\n');
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true });
writeFileSync(join(import.meta.dirname, 'results', 'chunk-read.md'), page);
