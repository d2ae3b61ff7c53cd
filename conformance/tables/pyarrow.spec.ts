// pyarrow and pandas read what is exported. Needs a Python that has both: TESSERA_TEST_PYTHON.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TableManifest } from '@tessera/domain';
import { closeParquet } from '@tessera/arrow';
import { resolveTableExporter } from '@tessera/exporters';
import { formats } from '@tessera/formats';
import { openTable } from '@tessera/tables';
import { fixtureStore, fixtureUri } from './fixture-store.ts';

interface Job {
  readonly kind: 'file' | 'stream' | 'csv';
  readonly path: string;
  readonly columns?: readonly string[];
  readonly pandas?: boolean;
  readonly rowCount: number;
}

const mediaTypes = { file: 'application/vnd.apache.arrow.file', stream: 'application/vnd.apache.arrow.stream', csv: 'text/csv' };

const jobs: readonly Job[] = [
  ...(['file', 'stream'] as const).flatMap((kind): Job[] => [
    { kind, path: 'arrow/types.arrow', rowCount: 3 },
    { kind, path: 'arrow/types_zstd.arrow', rowCount: 3 },
    { kind, path: 'arrow/types_lz4.arrow', rowCount: 3, columns: ['utf8', 'int8', 'dictionary'] },
    { kind, path: 'arrow/delta.arrow', rowCount: 5 },
    { kind, path: 'arrow/pandas.arrow', rowCount: 2, pandas: true },
    { kind, path: 'arrow/pandas.arrow', rowCount: 2, columns: ['B'], pandas: true },
    { kind, path: 'arrow/long_zstd.arrow', rowCount: 5000, columns: ['text', 'i'] },
    { kind, path: 'arrow/long_lz4.arrow', rowCount: 5000 },
    { kind, path: 'arrow/empty.arrow', rowCount: 0 },
    { kind, path: 'parquet/types.parquet', rowCount: 3 },
    { kind, path: 'parquet/groups.parquet', rowCount: 1000, columns: ['list', 'a.b'] },
    { kind, path: 'parquet/groups.parquet', rowCount: 1000 },
    { kind, path: 'parquet/empty.parquet', rowCount: 0 },
  ]),
  { kind: 'csv', path: 'arrow/types_zstd.arrow', rowCount: 3, columns: ['int64_whole', 'uint64_whole', 'bool', 'bool_null', 'float32', 'float64', 'utf8', 'utf8_null', 'large_utf8', 'dictionary', 'decimal128', 'decimal256', 'date32', 'date64', 'timestamp_s', 'timestamp_ms_berlin', 'timestamp_us_utc', 'timestamp_us_offset', 'timestamp_ns', 'time32', 'time64', 'duration_ms', 'null'] },
  { kind: 'csv', path: 'arrow/types.arrow', rowCount: 3, columns: ['utf8_null'] },
  { kind: 'csv', path: 'parquet/groups.parquet', rowCount: 1000, columns: ['i', 'a.b', 'ab'] },
];

const python = process.env['TESSERA_TEST_PYTHON'];
const withPython = python ? describe : describe.skip;

withPython(python ? 'pyarrow reads exports' : 'pyarrow reads exports (skipped: TESSERA_TEST_PYTHON names no Python)', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-tables-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    await closeParquet();
  });

  it('gets the same schema, values and metadata as from the source', async () => {
    const described = [];
    for (const [i, { kind, path, columns, pandas }] of jobs.entries()) {
      const exported = join(folder, String(i));
      await writeFile(exported, await exportTable(path, mediaTypes[kind], columns));
      described.push({ kind, exported, columns: columns ?? null, pandas: pandas ?? false, source: fileURLToPath(fixtureUri(path)) });
    }
    const script = fileURLToPath(new URL('check_export.py', import.meta.url));
    const output = execFileSync(python!, ['-B', script], { input: JSON.stringify(described), encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual(jobs.map((job) => job.rowCount));
  });
});

async function exportTable(path: string, mediaType: string, columns: readonly string[] | undefined): Promise<Buffer> {
  const format = await formats.get(path.split('/')[0]!)!();
  const entry = (await fixtureStore.stat(fixtureUri(path)))!;
  const [node] = await Array.fromAsync(format.index(entry, fixtureStore, {}));
  const table = openTable(node!.manifest as TableManifest, fixtureStore);
  const exporter = await resolveTableExporter(mediaType);
  return Buffer.concat(await Array.fromAsync(exporter.export({ schema: table.schemaOf(columns), batches: table.batches({ columns }) }, { mediaType })));
}
