// What does a small window, or one chunk, of a compressed HDF5 stack cost? Beside HSDS, Tiled and a local read by h5py.
import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureWrk } from '../tools/setup/bench-tools.mjs';
import { aimTable } from './rig/aims.mjs';
import { hsdsHeaders, startHsds } from './rig/hsds.mjs';
import { measure } from './rig/load.mjs';
import { machine } from './rig/machine.mjs';
import { writePage } from './rig/page.mjs';
import { ensureRivals, runPython } from './rig/rivals.mjs';
import { headers, startAllInOne, startCluster } from './rig/tessera.mjs';
import { startTiledOver } from './rig/tiled.mjs';

const frameCount = 160;
const hotFrameCount = 16;
const [side, chunkSide, windowSide] = [1024, 256, 64];
const dataset = 'entry/data/image';
const node = `stack/${dataset}`;

const { wrk, unavailable: noWrk } = await ensureWrk();
if (!wrk) throw new Error(`This needs wrk: ${noWrk}`);
const python = await ensureRivals();
const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const files = join(folder, 'files');
const stack = join(files, 'stack.h5');
mkdirSync(files);

// Rings and a peak with counting noise; 16 frames that are stored again and again.
const writer = `
import sys, h5py, numpy as np
path, frames, side, chunk = sys.argv[1], *map(int, sys.argv[2:])
random = np.random.default_rng(1)
y, x = np.mgrid[:side, :side]
radius = np.hypot(x - side / 2, y - side / 2)
expected = 30 + 800 * np.exp(-(((radius - 250) / 25) ** 2)) + 3000 * np.exp(-((radius / 40) ** 2))
with h5py.File(path, "w") as file:
    stack = file.create_dataset("${dataset}", (frames, side, side), "<u2", chunks=(1, chunk, chunk), compression="gzip", shuffle=True)
    for number in range(16):
        stack[number] = random.poisson(expected)
    for number in range(16, frames):
        for row in range(0, side, chunk):
            for column in range(0, side, chunk):
                stack.id.write_direct_chunk((number, row, column), stack.id.read_direct_chunk((number % 16, row, column))[1])
    print(round(stack.id.get_storage_size() / stack.id.get_num_chunks()))
`;
const reader = `
import sys, hashlib, json, time, h5py
with h5py.File(sys.argv[1]) as file:
    stack = file["${dataset}"]
    found = []
    for parts in json.load(open(sys.argv[2])):
        began, count = time.process_time(), 0
        while time.process_time() - began < 2:
            for (frame, *axes) in parts:
                values = stack[(frame, *(slice(*axis) for axis in axes))]
            count += len(parts)
        found.append({"cpuMs": (time.process_time() - began) / count * 1000, "last": hashlib.sha256(values.tobytes()).hexdigest()})
    print(json.dumps(found))
`;

/** Parts of the stack: a frame, and a range of rows and of columns. */
const partsOf = (frames, corners, length) => corners.flatMap(([row, column]) => Array.from({ length: frames }, (_, frame) => [frame, [row, row + length], [column, column + length]]));
const blocks = Array.from({ length: 16 }, (_, at) => [Math.floor(at / 4) * chunkSide, (at % 4) * chunkSide]);
/** Windows about the corners at which four chunks meet, no chunk in two of them. */
const windows = [[1, 1], [1, 3], [3, 1], [3, 3]].map((corner) => corner.map((at) => at * chunkSide - windowSide / 2));
const works = [
  { work: 'window', set: 'hot', parts: partsOf(hotFrameCount, windows.slice(0, 1), windowSide) },
  { work: 'block', set: 'hot', parts: partsOf(hotFrameCount, blocks.slice(5, 6), chunkSide) },
  { work: 'window', set: 'cold', parts: partsOf(frameCount, windows, windowSide) },
  { work: 'block', set: 'cold', parts: partsOf(frameCount, blocks, chunkSide) },
];

const sliceOf = ([frame, rows, columns]) => `${frame},${rows.join(':')},${columns.join(':')}`;
const blockOf = ([frame, [row], [column]]) => [frame, row / chunkSide, column / chunkSide].join();
const restPath = (work, part) => (work === 'window' ? `/api/v1/array/full/${node}?slice=${sliceOf(part)}` : `/api/v1/array/block/${node}?block=${blockOf(part)}`);
const binary = { Accept: 'application/octet-stream' };
const contenders = [
  { name: 'HSDS', sent: hsdsHeaders, start: async () => {
    const server = await startHsds(python, folder, stack);
    const values = await server.valuesOf(dataset);
    return { ...server, pathOf: (_, [frame, rows, columns]) => `${values}[${frame}:${frame + 1},${rows.join(':')},${columns.join(':')}]` };
  } },
  { name: 'Tiled', sent: binary, start: async () => ({ ...await startTiledOver(python, files, node), pathOf: restPath }) },
  { name: 'Tessera, one process', sent: { ...headers, ...binary }, start: async () => ({ ...await startAllInOne(folder, files, {}, node), pathOf: restPath }) },
  { name: 'Tessera, gateway and reader', sent: { ...headers, ...binary }, start: async () => ({ ...await startCluster(folder, files, {}, node), pathOf: restPath }) },
];

const rows = [];
const cpuMs = new Map();
const report = ({ work, set }, name, result) => {
  cpuMs.set(`${name} ${work} ${set}`, result.cpuMsPerRequest);
  const { requestsPerSecond, p50 = '', p99 = '' } = result;
  rows.push(`| ${work} | ${set} | ${name} | ${result.cpuMsPerRequest.toFixed(2)} | ${requestsPerSecond?.toFixed(0) ?? ''} | ${p50} | ${p99} |`);
  console.log(rows.at(-1));
};

let storedByteLength;
try {
  storedByteLength = await runPython(python, writer, [stack, frameCount, side, chunkSide]);
  const asked = join(folder, 'parts.json');
  writeFileSync(asked, JSON.stringify(works.map(({ parts }) => parts)));
  const local = await runPython(python, reader, [stack, asked]);
  works.forEach((each, index) => report(each, 'h5py, local file', { cpuMsPerRequest: local[index].cpuMs }));
  for (const { name, sent, start } of contenders) {
    const server = await start();
    try {
      for (const [index, { work, set, parts }] of works.entries()) {
        const paths = parts.map((part) => server.pathOf(work, part));
        const found = Buffer.from(await (await fetch(server.origin + paths.at(-1), { headers: sent })).arrayBuffer());
        if (hash('sha256', found) !== local[index].last) throw new Error(`${name} gives other values than h5py for ${paths.at(-1)}`);
        report({ work, set }, name, await measure({ wrk, folder, origin: server.origin, paths, headers: sent, pid: server.pid, seconds: 5 }));
      }
    } finally {
      await server.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const aims = works.flatMap(({ work, set }) => [['Tessera, one process', 0.5, 'half of HSDS'], ['Tessera, gateway and reader', 1, 'HSDS']].map(([name, share, text]) => {
  const [own, rival] = [cpuMs.get(`${name} ${work} ${set}`), cpuMs.get(`HSDS ${work} ${set}`)];
  return { aim: `${work}, ${set}: ${name.replace('Tessera, ', '')} at most ${text}, CPU a request`, measured: `${own.toFixed(2)} ms, ${(own / rival).toFixed(2)} of ${rival.toFixed(2)} ms`, holds: own <= rival * share };
}));

writePage('hdf5-window', [
  '# A window or a block of HDF5',
  '',
  `A stack of ${frameCount} frames of ${side} x ${side} 16-bit integers in chunks of ${chunkSide} x ${chunkSide}, gzip and shuffle, ${(storedByteLength / 1000).toFixed(0)} KB a chunk as stored. A window`,
  `is ${windowSide} x ${windowSide} elements where four chunks meet, a block is one chunk. Hot: of ${hotFrameCount} frames in turn, which every server keeps decoded if it keeps`,
  `anything. Cold: all over the ${frameCount * side * side * 2 / 2 ** 20} MiB, more than any of them keeps, so that every request decodes. 16 clients, 5 s after 2 s of warm-up.`,
  'CPU is that of all processes of the server. HSDS has the data in a store of its own, in chunks and filters as in the file, on a POSIX folder, with one service',
  'node and two data nodes; Tiled serves the folder with the file; the others read the file in place. The first answers are compared with what h5py reads.',
  '',
  machine(),
  '',
  ...aimTable(aims),
  '',
  '| work | set | server | CPU ms/request | requests/s | p50 | p99 |',
  '|---|---|---|--:|--:|--:|--:|',
  ...rows,
  '',
]);
