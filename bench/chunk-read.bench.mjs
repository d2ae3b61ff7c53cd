// What does a read of a chunk cost? In one process and through a reader of its own, beside nginx and a bare node:http.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureNginx, ensureWrk } from '../tools/setup/bench-tools.mjs';
import { makeChunkFiles } from './rig/chunk-files.mjs';
import { measure } from './rig/load.mjs';
import { machine } from './rig/machine.mjs';
import { writePage } from './rig/page.mjs';
import { startBareNode, startNginx } from './rig/peers.mjs';
import { headers, startAllInOne, startCluster } from './rig/tessera.mjs';

/** Side of the square chunks of 2-byte elements, and the size that makes. */
const sides = [['37 KB', 136], ['128 KiB', 256], ['1 MB', 724]];

const { nginx, unavailable: noNginx } = await ensureNginx();
const { wrk, unavailable: noWrk } = await ensureWrk();
if (!nginx || !wrk) throw new Error(`This needs nginx and wrk: ${noNginx ?? noWrk}`);

const rows = [];
for (const [size, side] of sides) {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
  try {
    await compare(size, side, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(size, side, folder) {
  const files = join(folder, 'files');
  const chunks = makeChunkFiles(files, side);
  const zarr = chunks.map((chunk) => `/zarr/v2/image/${chunk}`);
  const block = chunks.map((chunk) => `/api/v1/array/block/image?block=${chunk.replace('.', ',')}&expected_shape=${side},${side}`);
  const image = chunks.map((chunk) => `/image/${chunk}`);
  const contenders = [
    ['nginx, the same files', () => startNginx(nginx, folder, files), image, {}],
    ['bare node:http, reads the same files', () => startBareNode(files), image, {}],
    ['Tessera, one process, /zarr/v2', () => startAllInOne(folder, files), zarr, headers],
    ['Tessera, one process, /api/v1/array/block', () => startAllInOne(folder, files), block, headers],
    ['Tessera, gateway and reader (frames), /zarr/v2', () => startCluster(folder, files), zarr, headers],
    ['Tessera, gateway and reader (frames), /api/v1/array/block', () => startCluster(folder, files), block, headers],
    ['Tessera, gateway and reader (gRPC), /zarr/v2', () => startCluster(folder, files, { TESSERA_READER__TRANSPORT: 'grpc' }), zarr, headers],
  ];
  for (const [name, start, paths, sent] of contenders) {
    const server = await start();
    try {
      const result = await measure({ wrk, folder, origin: server.origin, paths, headers: sent, pid: server.pid });
      rows.push(`| ${size} | ${name} | ${result.cpuMsPerRequest.toFixed(3)} | ${Math.round(result.requestsPerSecond)} | ${result.p50} | ${result.p99} |`);
      console.log(rows.at(-1));
    } finally {
      await server.stop();
    }
  }
}

writePage('chunk-read', [
  '# Reading a chunk',
  '',
  'Uncompressed Zarr v2 chunks in files, 64 of them in turn, 16 clients on one connection each, 8 s after 2 s of warm-up. CPU is that of',
  'all processes of the server (for a gateway and a reader of its own also catalog, search, PostgreSQL and NATS), not of the client, which',
  'shares the cores. Tessera authorises each request, and looks whether the file is still the one it knows.',
  '',
  machine(),
  '',
  '| chunk | server | CPU ms/request | requests/s | p50 | p99 |',
  '|---|---|--:|--:|--:|--:|',
  ...rows,
  '',
]);
