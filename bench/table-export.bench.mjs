// What does a table cost in each format? A million rows of ten columns from Parquet, beside the Tiled server.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../tools/launch/run-command.mjs';
import { ensurePython } from '../tools/setup/python.mjs';
import { machine } from './rig/machine.mjs';
import { writePage } from './rig/page.mjs';
import { cpuSeconds, freePort, processTree, startProcess, untilAnswers } from './rig/processes.mjs';
import { headers, startAllInOne } from './rig/tessera.mjs';

const rowCount = Number(process.env.TESSERA_BENCH_ROWS ?? 1_000_000);
const sampleMs = 20;
const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const files = join(folder, 'files');
const { python, unavailable } = await ensurePython();
if (!python) throw new Error(`This needs Python: ${unavailable}`);

const program = `
import sys, numpy as np, pyarrow as pa, pyarrow.parquet as pq
rows = int(sys.argv[2]); random = np.random.default_rng(1)
table = pa.table({
    "id": np.arange(rows), "count": random.integers(0, 1000, rows), "small": random.integers(-100, 100, rows, dtype=np.int16),
    "x": random.normal(size=rows), "y": random.normal(size=rows), "z": np.round(random.normal(size=rows), 3), "f": random.normal(size=rows).astype(np.float32),
    "flag": random.integers(0, 2, rows).astype(bool), "when": (np.datetime64("2026-01-01", "us") + np.arange(rows) * np.timedelta64(1_234_567, "us")),
    "name": pa.array([f"sample {i % 977}" for i in range(rows)]),
})
pq.write_table(table, sys.argv[1], row_group_size=131072, compression="zstd")
`;
mkdirSync(join(files, 'tables'), { recursive: true });
const parquet = join(files, 'tables', 'long.parquet');
const made = await runCommand(python, ['-c', program, parquet, String(rowCount)]);
if (made.code !== 0) throw new Error(`The table cannot be made:\n${made.output}`);
// What a server is asked for to know that it is there.
mkdirSync(join(files, 'image'));
writeFileSync(join(files, 'image', '.zarray'), JSON.stringify({ zarr_format: 2, shape: [1], chunks: [1], dtype: '|u1', fill_value: 0, order: 'C', filters: null, compressor: null }));

async function startTessera(number) {
  const server = await startAllInOne(join(folder, `tessera-${number}`), files);
  await untilAnswers(`${server.origin}/api/v1/metadata/tables/long`, server, headers);
  return server;
}

/** It has the table in memory: of folders it registers no Parquet files. */
async function startTiled() {
  const port = await freePort();
  const home = join(folder, 'tiled');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'served.py'), `
import pandas
from tiled.adapters.mapping import MapAdapter
from tiled.adapters.table import TableAdapter
tree = MapAdapter({"long": TableAdapter.from_pandas(pandas.read_parquet(${JSON.stringify(parquet)}), npartitions=8)})
`);
  const server = startProcess(python, ['-m', 'tiled', 'serve', 'pyobject', '--public', '--host', '127.0.0.1', '--port', String(port), 'served:tree'], {
    cwd: home, env: { ...process.env, PYTHONPATH: home },
  });
  const origin = `http://127.0.0.1:${port}`;
  try {
    await untilAnswers(`${origin}/api/v1/metadata/long`, server);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...server, origin };
}

const residentBytes = (pids) => pids.reduce((sum, pid) => {
  try {
    return sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
  } catch {
    return sum;
  }
}, 0);

/** One answer, read as fast as it comes; memory is that of all processes of the server, over what they had before. */
async function measure(server, url, sent) {
  const pids = processTree(server.pid);
  const cpuBefore = cpuSeconds(pids);
  const memoryBefore = residentBytes(pids);
  let peak = memoryBefore;
  const timer = setInterval(() => (peak = Math.max(peak, residentBytes(pids))), sampleMs);
  const startedAt = performance.now();
  let firstMs;
  let byteLength = 0;
  try {
    const response = await fetch(url, { headers: { ...sent, 'Accept-Encoding': 'identity' } });
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    for await (const piece of response.body) {
      firstMs ??= performance.now() - startedAt;
      byteLength += piece.byteLength;
    }
  } finally {
    clearInterval(timer);
  }
  return { seconds: (performance.now() - startedAt) / 1000, firstMs, byteLength, cpu: cpuSeconds(pids) - cpuBefore, growth: Math.max(0, peak - memoryBefore) };
}

const formats = ['arrow', 'arrow-stream', 'parquet', 'csv', 'jsonl', 'json', 'html', 'xlsx'];
// The others take it minutes.
const byTiled = new Set(['arrow', 'parquet', 'csv', 'json']);
const rows = [];
try {
  for (const [number, format] of formats.entries()) {
    for (const [name, start, path, sent] of [['Tessera', () => startTessera(number), 'tables/long', headers], ['Tiled', startTiled, 'long', {}]]) {
      if (name === 'Tiled' && !byTiled.has(format)) continue;
      const server = await start();
      try {
        const { seconds, firstMs, byteLength, cpu, growth } = await measure(server, `${server.origin}/api/v1/table/full/${path}?format=${format}`, sent);
        rows.push(`| ${format} | ${name} | ${cpu.toFixed(2)} | ${seconds.toFixed(2)} | ${Math.round(firstMs)} | ${Math.round(byteLength / 1e6)} | ${Math.round(growth / 2 ** 20)} |`);
        console.log(rows.at(-1));
      } finally {
        await server.stop();
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

writePage('table-export', [
  '# A table in each format',
  '',
  `${rowCount.toLocaleString('en')} rows of 10 columns (whole numbers, floats, truth values, times, texts), whole, by one client, uncompressed on the wire. Tessera`,
  'reads a Parquet file of row groups of 131,072 rows, Tiled has the table in memory. Each figure is that of the first answer of a server that has just',
  'started, compilation and the loading of libraries included. Growth is the most memory of all processes of the server during the answer, over what they',
  'had before it.',
  '',
  machine(),
  '',
  '| format | server | CPU s | s | first byte ms | MB sent | growth MiB |',
  '|---|---|--:|--:|--:|--:|--:|',
  ...rows,
  '',
]);
