// How long does zarr-python take for a whole stack of 400 MB? From Tessera, and from nginx with the same files.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureNginx } from '../tools/setup/bench-tools.mjs';
import { aimTable } from './rig/aims.mjs';
import { machine } from './rig/machine.mjs';
import { writePage } from './rig/page.mjs';
import { startNginx } from './rig/peers.mjs';
import { cpuSeconds, processTree } from './rig/processes.mjs';
import { ensureRivals, runPython } from './rig/rivals.mjs';
import { headers, startAllInOne, startCluster } from './rig/tessera.mjs';

const [frameCount, side] = [200, 1024];
const repeats = 3;
const { nginx, unavailable: noNginx } = await ensureNginx();
if (!nginx) throw new Error(`This needs nginx: ${noNginx}`);
const python = await ensureRivals();
const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const files = join(folder, 'files');

const writer = `
import sys, numpy as np, zarr
from numcodecs import Zstd
folder, frames, side = sys.argv[1], *map(int, sys.argv[2:])
random = np.random.default_rng(1)
few = random.poisson(200, (8, side, side)).astype("<u2")
for name, compressor in (("image", None), ("packed", Zstd(level=1))):
    stack = zarr.create_array(f"{folder}/{name}", shape=(frames, side, side), chunks=(1, side, side), dtype="<u2", zarr_format=2, compressors=compressor)
    for first in range(0, frames, len(few)):
        stack[first:first + len(few)] = few
print(0)
`;
// The first read is not counted: it fills the caches of servers and of the system.
const client = `
import sys, json, time, zarr
url, sent, repeats = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
stack = zarr.open_array(zarr.storage.FsspecStore.from_url(url, storage_options={"headers": sent} if sent else {}, read_only=True), mode="r")
seconds = []
for _ in range(repeats + 1):
    began = time.perf_counter()
    values = stack[:]
    seconds.append(time.perf_counter() - began)
assert values.shape == stack.shape and int(values[-1].sum()) == int(values[7].sum()) != 0
print(json.dumps(sorted(seconds[1:])))
`;

const contenders = [
  ['nginx', () => startNginx(nginx, folder, files), '', {}],
  ['Tessera, one process', () => startAllInOne(folder, files), '/zarr/v2', headers],
  ['Tessera, gateway and reader', () => startCluster(folder, files), '/zarr/v2', headers],
];
const arrays = [['image', 'not compressed'], ['packed', 'zstd']];

const rows = [];
const seconds = new Map();
try {
  mkdirSync(files);
  await runPython(python, writer, [files, frameCount, side]);
  for (const [name, start, prefix, sent] of contenders) {
    const server = await start();
    try {
      for (const [array, stored] of arrays) {
        const pids = processTree(server.pid);
        const before = cpuSeconds(pids);
        const found = await runPython(python, client, [`${server.origin}${prefix}/${array}`, JSON.stringify(sent), repeats]);
        const cpu = (cpuSeconds(pids) - before) / (repeats + 1);
        const median = found[Math.floor(found.length / 2)];
        seconds.set(`${name} ${array}`, median);
        rows.push(`| ${stored} | ${name} | ${median.toFixed(2)} | ${found[0].toFixed(2)} | ${cpu.toFixed(2)} |`);
        console.log(rows.at(-1));
      }
    } finally {
      await server.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const aims = arrays.flatMap(([array, stored]) => [['one process', 1.5], ['gateway and reader', 2.5]].map(([name, times]) => {
  const [own, rival] = [seconds.get(`Tessera, ${name} ${array}`), seconds.get(`nginx ${array}`)];
  return { aim: `${stored}: ${name} at most ${times} x nginx, time`, measured: `${own.toFixed(2)} s, ${(own / rival).toFixed(2)} x ${rival.toFixed(2)} s`, holds: own <= rival * times };
}));

writePage('stack-read', [
  '# A whole stack through zarr-python',
  '',
  `${frameCount} frames of ${side} x ${side} 16-bit integers, ${frameCount * side * side * 2 / 1e6 | 0} MB, in Zarr v2 with a chunk a frame, read whole by zarr-python 3 over HTTP (fsspec). The median`,
  `and the best of ${repeats} reads after one that is not counted; the client shares the cores with the server. CPU is that of all processes of the server, a read.`,
  '',
  machine(),
  '',
  ...aimTable(aims),
  '',
  '| stack | server | s | best | CPU s |',
  '|---|---|--:|--:|--:|',
  ...rows,
  '',
]);
