// What does a read of a 128 KiB chunk cost that lies on S3, or on a web server, beside one in a local file?
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureNginx, ensureWrk } from '../tools/setup/bench-tools.mjs';
import { ensureVersitygw } from '../tools/setup/versitygw.mjs';
import { makeChunkFiles } from './rig/chunk-files.mjs';
import { measure } from './rig/load.mjs';
import { machine } from './rig/machine.mjs';
import { writePage } from './rig/page.mjs';
import { startNginx } from './rig/peers.mjs';
import { startS3 } from './rig/s3.mjs';
import { headers, startAllInOne } from './rig/tessera.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const files = join(folder, 'files');
const { nginx, unavailable: noNginx } = await ensureNginx();
const { wrk, unavailable: noWrk } = await ensureWrk();
const { versitygw, unavailable: noVersitygw } = await ensureVersitygw();
if (!nginx || !wrk || !versitygw) throw new Error(`This needs nginx, wrk and versitygw: ${noNginx ?? noWrk ?? noVersitygw}`);

const chunks = makeChunkFiles(files);
const web = await startNginx(nginx, folder, files);
const s3 = await startS3(versitygw, folder, files, 'bench');
const state = (name) => {
  mkdirSync(join(folder, name));
  return join(folder, name);
};
const contenders = [
  ['nginx, the files themselves', async () => ({ ...web, stop: async () => undefined }), '/image', {}],
  ['Tessera, local files', () => startAllInOne(state('local'), files), '/zarr/v2/image', headers],
  ['Tessera, from that nginx by HTTP', () => startAllInOne(state('http'), `${web.origin}/image`), '/zarr/v2/image', headers],
  ['Tessera, from versitygw by S3', () => startAllInOne(state('s3'), 's3://bench/image', s3.environment), '/zarr/v2/image', headers],
];

const rows = [];
try {
  for (const [name, start, path, sent] of contenders) {
    const server = await start();
    try {
      const result = await measure({ wrk, folder, origin: server.origin, paths: chunks.map((chunk) => `${path}/${chunk}`), headers: sent, pid: server.pid });
      rows.push(`| ${name} | ${result.cpuMsPerRequest.toFixed(3)} | ${Math.round(result.requestsPerSecond)} | ${result.p50} | ${result.p99} |`);
      console.log(rows.at(-1));
    } finally {
      await server.stop();
    }
  }
} finally {
  await web.stop();
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
}

writePage('remote-read', [
  '# Reading a 128 KiB chunk from a server',
  '',
  'Uncompressed Zarr v2 chunks, an object each, 64 of them in turn, 16 clients on one connection each, 8 s after 2 s of warm-up; Tessera in',
  'one process. CPU is that of the server named first, not of the one behind it nor of the client, which all share the cores.',
  '',
  machine(),
  '',
  '| server | CPU ms/request | requests/s | p50 | p99 |',
  '|---|--:|--:|--:|--:|',
  ...rows,
  '',
]);
