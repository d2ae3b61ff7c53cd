// What does an HDF5 file of a million chunks cost: to register, to store its manifest, to serve?
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appMain, ensureBuilt } from '../tools/launch/app-build.mjs';
import { ensurePython } from '../tools/setup/python.mjs';
import { machine } from './rig/machine.mjs';
import { writePage } from './rig/page.mjs';
import { cpuSeconds, freePort, startProcess } from './rig/processes.mjs';
import { headers } from './rig/tessera.mjs';

const side = Math.round(Math.sqrt(Number(process.env.CHUNKS ?? 1_000_000)));
const count = side * side;
const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const python = await ensurePython();
if (!python.python) throw new Error(`This needs Python with h5py: ${python.unavailable}`);
await ensureBuilt(['tessera'], process.execPath);

// Every chunk is the same 37 compressed bytes or so: it is their number that counts.
const writer = `
import sys, zlib, h5py, numpy as np
path, libver, unlimited, side = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
chunk = zlib.compress(np.arange(100, dtype='<u2').tobytes())
with h5py.File(path, 'w', libver=('earliest', 'v110') if libver == 'earliest' else 'latest') as f:
    maxshape = tuple(None if axis < unlimited else side * 10 for axis in range(2))
    d = f.create_dataset('d', (side * 10, side * 10), '<u2', chunks=(10, 10), compression='gzip', maxshape=maxshape)
    for row in range(side):
        for column in range(side):
            d.id.write_direct_chunk((row * 10, column * 10), chunk)
# What the peer takes to know where the chunks are.
import time
with h5py.File(path) as f:
    began = time.perf_counter()
    found = []
    f['d'].id.chunk_iter(lambda info: found.append((info.chunk_offset, info.byte_offset, info.size)))
    print(len(found), time.perf_counter() - began)
`;

const indexes = [
  { title: 'B-tree 1 (libver earliest)', libver: 'earliest', unlimited: 2 },
  { title: 'fixed array', libver: 'latest', unlimited: 0 },
  { title: 'extensible array', libver: 'latest', unlimited: 1 },
  { title: 'B-tree 2', libver: 'latest', unlimited: 2 },
];

const status = (pid, name) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);

/** Starts over the files, waits for the end of the walk, reads chunks all over the array. */
async function serve(files, state, chunksAlong) {
  const port = await freePort();
  const beganMs = performance.now();
  const server = startProcess(process.execPath, [appMain('tessera'), 'serve', files, '--port', String(port), '--api-key', headers.Authorization.slice('Apikey '.length), '--state', state]);
  while (!/Indexing complete/.test(server.output())) {
    if (server.hasEnded() || performance.now() - beganMs > 600_000) throw new Error(`The walk did not end:\n${server.output().slice(-4000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const seconds = (performance.now() - beganMs) / 1000;
  const [cpu, peakMiB] = [cpuSeconds([server.pid]), status(server.pid, 'VmHWM')];
  for (let number = 0; number < 200; number++) {
    const at = [(number * 7919) % chunksAlong, (number * 104_729) % chunksAlong];
    const answer = await fetch(`http://127.0.0.1:${port}/zarr/v2/file/d/${at.join('.')}`, { headers });
    if (!answer.ok) throw new Error(`Chunk ${at.join('.')}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  }
  // What the collector has not got round to yet is not what serving takes: the least of some seconds.
  let servingMiB = Infinity;
  for (let sample = 0; sample < 8; sample++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    servingMiB = Math.min(servingMiB, status(server.pid, 'VmRSS'));
  }
  await server.stop();
  return { seconds, cpu, peakMiB, servingMiB };
}

function manifestByteLength(state) {
  const found = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /manifests/.test(entry.parentPath));
  return found.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** A first start that registers, and a second that only serves. */
async function cost({ libver, unlimited }, name, along) {
  const files = join(folder, name);
  mkdirSync(files);
  const [, peerSeconds] = execFileSync(python.python, ['-c', writer, join(files, 'file.h5'), libver, String(unlimited), String(along)], { encoding: 'utf8' }).trim().split(' ').map(Number);
  const state = join(folder, `${name}-state`);
  const first = await serve(files, state, along);
  const { servingMiB } = await serve(files, state, along);
  const fileMiB = statSync(join(files, 'file.h5')).size / 2 ** 20;
  rmSync(files, { recursive: true });
  return { peerSeconds, first, servingMiB, fileMiB, manifest: manifestByteLength(state) };
}

const rows = [];
const report = (title, { peerSeconds, first, servingMiB, fileMiB, manifest }, chunks) => {
  const cells = [title, `${fileMiB.toFixed(0)} MiB`, `${peerSeconds.toFixed(1)} s`, `${first.seconds.toFixed(1)} s`, `${first.cpu.toFixed(1)} s`, `${first.peakMiB} MiB`, chunks > 4 ? (manifest / chunks).toFixed(1) : '', `${servingMiB} MiB`];
  rows.push(`| ${cells.join(' | ')} |`);
  console.log(rows.at(-1));
};
try {
  report('four chunks only', await cost(indexes[1], 'small', 2), 4);
  for (const [number, index] of indexes.entries()) report(index.title, await cost(index, `large-${number}`, side), count);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

writePage('hdf5-index', [
  `# An HDF5 file of ${count.toLocaleString('en')} chunks`, '',
  'One compressed dataset by each index that HDF5 has for chunks, beside one of four chunks. One process with every role: a first start registers (from the',
  'start of the process to the end of the walk), a second serves 200 chunks all over the array. "h5py" is its `chunk_iter` over the same file, warm.', '',
  machine(), '',
  '| chunk index | file | h5py lists the chunks | start, and registered | CPU | memory at most | manifest, bytes a chunk | memory when serving |', '|---|--:|--:|--:|--:|--:|--:|--:|', ...rows, '',
]);
