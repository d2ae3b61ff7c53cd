// How long do 60 frames of a chunked HDF5 stack take, read one by one through Tiled's Python client? From Tessera and from Tiled.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aimTable } from './rig/aims.mjs';
import { machine } from './rig/machine.mjs';
import { writePage } from './rig/page.mjs';
import { cpuSeconds, processTree } from './rig/processes.mjs';
import { ensureRivals, runPython } from './rig/rivals.mjs';
import { headers, startAllInOne, startCluster } from './rig/tessera.mjs';
import { startTiledOver } from './rig/tiled.mjs';

const shape = [60, 1065, 1030];
const path = 'stack/entry/frames';
const python = await ensureRivals();
const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const files = join(folder, 'files');
const stack = join(files, 'stack.h5');

// Chunks as h5py chooses them: small, and several frames deep. Stored are the chunks of four frames, again and again.
const writer = `
import sys, json, h5py, numpy as np
path, shape = sys.argv[1], tuple(map(int, sys.argv[2:]))
random = np.random.default_rng(1)
y, x = np.mgrid[:shape[1], :shape[2]]
expected = 3 + 80 * np.exp(-(((np.hypot(x - 500, y - 500) - 250) / 25) ** 2))
with h5py.File(path, "w") as file:
    stack = file.create_dataset("entry/frames", shape, "<i4", chunks=True, compression="gzip")
    deep, *across = stack.chunks
    stack[:deep] = random.poisson(expected, (deep, *shape[1:]))
    for first in range(deep, shape[0], deep):
        for row in range(0, shape[1], across[0]):
            for column in range(0, shape[2], across[1]):
                stack.id.write_direct_chunk((first, row, column), stack.id.read_direct_chunk((0, row, column))[1])
    print(json.dumps(stack.chunks))
`;
const local = `
import sys, json, time, h5py
began = time.perf_counter()
with h5py.File(sys.argv[1]) as file:
    sums = [int(frame.sum()) for frame in file["entry/frames"]]
print(json.dumps({"seconds": [time.perf_counter() - began], "sums": sums}))
`;
const client = `
import sys, json, time
from tiled.client import from_uri
node = from_uri(sys.argv[1], **json.loads(sys.argv[2]))
for key in "${path}".split("/"):
    node = node[key]
seconds = []
for _ in range(int(sys.argv[3])):
    began = time.perf_counter()
    sums = [int(node[number].sum()) for number in range(node.shape[0])]
    seconds.append(time.perf_counter() - began)
print(json.dumps({"seconds": seconds, "sums": sums}))
`;
const access = { api_key: headers.Authorization.slice('Apikey '.length) };
const ask = (server, sent, passes) => runPython(python, client, [server.origin, JSON.stringify(sent), passes], { TILED_CACHE_DIR: join(folder, 'cache'), TILED_PROFILES: join(folder, 'profiles') });
const contenders = [
  ['Tiled', () => startTiledOver(python, files, path), {}, 1],
  ['Tessera, one process', () => startAllInOne(folder, files, {}, path), access, 3],
  ['Tessera, gateway and reader', () => startCluster(folder, files, {}, path), access, 3],
];

const rows = [];
const first = new Map();
const report = (name, seconds, cpu) => {
  first.set(name, seconds[0]);
  rows.push(`| ${name} | ${seconds[0].toFixed(2)} | ${seconds.length > 1 ? Math.min(...seconds).toFixed(2) : ''} | ${cpu === undefined ? '' : cpu.toFixed(2)} |`);
  console.log(rows.at(-1));
};
let chunks;
try {
  mkdirSync(files);
  chunks = await runPython(python, writer, [stack, ...shape]);
  const known = await runPython(python, local, [stack]);
  report('h5py, local file', known.seconds);
  for (const [name, start, sent, passes] of contenders) {
    const server = await start();
    try {
      const pids = processTree(server.pid);
      const before = cpuSeconds(pids);
      const { seconds, sums } = await ask(server, sent, passes);
      if (sums.join() !== known.sums.join()) throw new Error(`${name} gives other values than h5py`);
      report(name, seconds, (cpuSeconds(pids) - before) / passes);
    } finally {
      await server.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const aims = [['one process', 10], ['gateway and reader', 8]].map(([name, times]) => {
  const [own, rival] = [first.get(`Tessera, ${name}`), first.get('Tiled')];
  return { aim: `${name} at least ${times} x faster than Tiled`, measured: `${own.toFixed(2)} s, ${(rival / own).toFixed(1)} x faster than ${rival.toFixed(2)} s`, holds: rival >= own * times };
});

writePage('frame-by-frame', [
  '# Sixty frames, one by one',
  '',
  `${shape[0]} frames of ${shape[1]} x ${shape[2]} 32-bit integers in one HDF5 file, gzip, in chunks as h5py chooses them (${chunks.join(' x ')}), so that a frame touches ${chunks.slice(1).reduce((count, chunk, axis) => count * Math.ceil(shape[axis + 1] / chunk), 1)} chunks`,
  'and needs a part of each. Read frame by frame by the Python client of Tiled (0.2.16), which asks for a frame in one request: what was 44 s in tiled#907.',
  'Each server is new, and has read nothing before the first pass, which is what is compared. CPU is that of all processes of the server, a pass.',
  '',
  machine(),
  '',
  ...aimTable(aims),
  '',
  '| server | first pass, s | best pass, s | CPU s |',
  '|---|--:|--:|--:|',
  ...rows,
  '',
]);
