// What does a picture of a detector frame cost? PNG of 1024 x 1024 pixels, in one process and through gRPC, beside Tiled.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureWrk } from '../tools/setup/bench-tools.mjs';
import { ensurePython } from '../tools/setup/python.mjs';
import { measure } from './rig/load.mjs';
import { machine } from './rig/machine.mjs';
import { writePage } from './rig/page.mjs';
import { headers, startAllInOne, startCluster } from './rig/tessera.mjs';
import { startTiled } from './rig/tiled.mjs';

const side = 1024;
const frameCount = 4;
const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const files = join(folder, 'files');
const { wrk, unavailable: noWrk } = await ensureWrk();
const { python, unavailable: noPython } = await ensurePython();
if (!wrk || !python) throw new Error(`This needs wrk and Python: ${noWrk ?? noPython}`);

/** A peak on noise: the worst that is usual, for noise does not compress. */
function frameOf(number, scale) {
  let state = number + 1;
  const random = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32);
  return (_, at) => {
    const x = (at % side) - 512;
    const y = Math.floor(at / side) - 512;
    return scale * Math.max(0, 200 * Math.exp(-(x * x + y * y) / 50_000) + (random() + random() + random() - 1.5) * 40);
  };
}

/** Zarr v2 of a chunk a frame, and the same bytes in one file for the peer. */
function makeStack(name, dtype, Type, scale) {
  const array = join(files, name);
  mkdirSync(array, { recursive: true });
  writeFileSync(join(array, '.zarray'), JSON.stringify({
    zarr_format: 2, shape: [frameCount, side, side], chunks: [1, side, side], dtype, fill_value: 0, order: 'C', filters: null, compressor: null,
  }));
  for (let number = 0; number < frameCount; number++) writeFileSync(join(array, `${number}.0.0`), Type.from({ length: side * side }, frameOf(number, scale)));
}
makeStack('image', '<u2', Uint16Array, 16);
makeStack('float', '<f8', Float64Array, 1);

const program = `
import numpy as np
arrays = {name: np.stack([np.fromfile(f"${files}/{name}/{number}.0.0", dtype).reshape(${side}, ${side}) for number in range(${frameCount})])
          for name, dtype in (("image", "<u2"), ("float", "<f8"))}`;
const paths = (name, style = '') => Array.from({ length: frameCount }, (_, number) => `/api/v1/array/full/${name}?slice=${number}&format=image/png${style}`);
const pictures = [
  ['16-bit integers', paths('image')],
  ['64-bit floats', paths('float')],
  ['16-bit integers, logarithm, viridis, 512 pixels', paths('image', '&scale=log&colormap=viridis&size=512')],
];
const contenders = [
  ['Tiled', () => startTiled(python, folder, program), pictures.slice(0, 2), {}],
  ['Tessera, one process', () => startAllInOne(folder, files), pictures, headers],
  ['Tessera, cluster with one reader (gRPC)', () => startCluster(folder, files), pictures, headers],
];

const rows = [];
try {
  for (const [name, start, shown, sent] of contenders) {
    const server = await start();
    try {
      for (const [what, urls] of shown) {
        const result = await measure({ wrk, folder, origin: server.origin, paths: urls, headers: sent, pid: server.pid, clients: 2, seconds: 10 });
        rows.push(`| ${name} | ${what} | ${result.cpuMsPerRequest.toFixed(1)} | ${result.requestsPerSecond.toFixed(1)} | ${result.p50} | ${result.p99} |`);
        console.log(rows.at(-1));
      }
    } finally {
      await server.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

writePage('image-export', [
  '# A picture of a frame',
  '',
  `PNG of ${side} x ${side} pixels, a peak on noise; grey from the 1st to the 99th percentile unless said otherwise. ${frameCount} frames in turn, 2 clients, 10 s after`,
  '2 s of warm-up. Tessera reads Zarr chunks in files, Tiled has the arrays in memory. CPU is that of all processes of the server.',
  '',
  machine(),
  '',
  '| server | elements | CPU ms/request | requests/s | p50 | p99 |',
  '|---|---|--:|--:|--:|--:|',
  ...rows,
  '',
]);
