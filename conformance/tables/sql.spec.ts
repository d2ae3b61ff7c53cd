// Tables of SQLite and DuckDB files, against what sqlite3 and duckdb recorded of them.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { closeSqlProcesses } from '@tessera/arrow';
import { isTesseraError, type IndexedNode, type TableManifest } from '@tessera/domain';
import { formats, sniffFormat } from '@tessera/formats';
import { openTable } from '@tessera/tables';
import { checkColumn, readJson, type ExpectedColumn } from './check-column.ts';
import { fixtureStore, fixtureUri } from './fixture-store.ts';

type Expected = Record<string, Record<string, { rowCount: number; columns?: Record<string, ExpectedColumn> }>>;

const expected = JSON.parse(readFileSync(new URL('../../fixtures/sql/expected.json', import.meta.url), 'utf8')) as Expected;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-sql-'));
});
afterAll(() => {
  closeSqlProcesses();
  rmSync(folder, { recursive: true });
});

async function indexUri(uri: string): Promise<Map<string, IndexedNode>> {
  const entry = (await fixtureStore.stat(uri))!;
  const format = await sniffFormat(entry, fixtureStore, formats);
  const nodes = await Array.fromAsync(format!.index(entry, fixtureStore, {}));
  return new Map(nodes.map((node) => [node.path.join('/'), node]));
}

const tableOf = (node: IndexedNode) => openTable(node.manifest as TableManifest, fixtureStore);

describe.each(Object.keys(expected))('%s', (file) => {
  it.each(Object.keys(expected[file]!))('%s', async (name) => {
    const nodes = await indexUri(fixtureUri(`sql/${file}`));
    expect(nodes.get('')).toMatchObject({ structure: { family: 'container' }, dataSource: { assets: [{ parameter: 'data_uri' }] } });
    const node = nodes.get(name)!;
    const { rowCount, columns } = expected[file]![name]!;
    expect(node).toMatchObject({ specs: [{ name: 'dataframe' }], structure: { family: 'table', table: { rowCount, partitionCount: 1 } } });
    const table = tableOf(node);
    const counts = await Array.fromAsync(table.batches(), (batch) => batch.numRows);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rowCount);
    for (const [column, wanted] of Object.entries(columns ?? {})) await checkColumn(table, column, wanted);
    if (columns) expect(await readJson(table)).toEqual(Object.fromEntries(Object.entries(columns).map(([key, { json }]) => [key, json])));
  });
});

it('shows what cannot be read beside the others, and reads no other files', async () => {
  expect((await indexUri(fixtureUri('sql/tables.sqlite'))).get('broken')).toMatchObject({ problem: expect.stringContaining('nowhere') });
  expect((await indexUri(fixtureUri('sql/tables.duckdb'))).get('outside')).toMatchObject({ problem: expect.stringContaining('disabled') });
});

describe('a table of several partitions', () => {
  const count = 300_000;
  let uri: string;
  beforeAll(() => {
    const path = join(folder, 'long.sqlite');
    const database = new DatabaseSync(path);
    database.exec(`CREATE TABLE t (n INT, s TEXT); INSERT INTO t SELECT value, 'row ' || value FROM (WITH RECURSIVE c(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM c LIMIT ${count}) SELECT value FROM c); DELETE FROM t WHERE n % 10 = 3`);
    database.close();
    uri = pathToFileURL(path).href;
  });

  it('is cut by keys, and its parts make up the whole', async () => {
    const node = (await indexUri(uri)).get('t')!;
    const { partitions } = node.manifest as TableManifest;
    expect(partitions.map(({ rowCount }) => rowCount)).toEqual([131_072, 131_072, count * 0.9 - 2 * 131_072]);
    const found: bigint[] = [];
    for (const start of partitions.keys()) {
      for await (const batch of tableOf(node).batches({ columns: ['n'], partitions: { start, stop: start + 1 } })) found.push(...(batch.getChildAt(0)!.toArray() as BigInt64Array));
    }
    expect(found).toHaveLength(count * 0.9);
    expect(found.every((value, index) => value % 10n !== 3n && (index === 0 || value > found[index - 1]!))).toBe(true);
  });

  it('may be left in the middle, again and again', async () => {
    const node = (await indexUri(uri)).get('t')!;
    for (let round = 0; round < 8; round++) {
      for await (const batch of tableOf(node).batches()) {
        expect(batch.numRows).toBeGreaterThan(0);
        break;
      }
    }
    const several = await Promise.all(Array.from({ length: 6 }, async () => (await Array.fromAsync(tableOf(node).batches({ columns: ['s'] }), (batch) => batch.numRows)).reduce((sum, rows) => sum + rows, 0)));
    expect(several).toEqual(new Array(6).fill(count * 0.9));
  });

  it('is stale when its rows are others', async () => {
    const node = (await indexUri(uri)).get('t')!;
    const wrong = { ...node.manifest as TableManifest, partitions: [{ ...(node.manifest as TableManifest).partitions[0]!, rowCount: 7 }] };
    await expect(Array.fromAsync(openTable(wrong, fixtureStore).batches())).rejects.toMatchObject({ code: 'stale' });
  });
});

it('cuts a large DuckDB table by its keys', async () => {
  const path = join(folder, 'long.duckdb');
  const database = await DuckDBInstance.create(path);
  const connection = await database.connect();
  await connection.run('CREATE TABLE t AS SELECT i::INTEGER AS n FROM range(1100000) r(i)');
  connection.closeSync();
  database.closeSync();
  const node = (await indexUri(pathToFileURL(path).href)).get('t')!;
  expect((node.manifest as TableManifest).partitions.map(({ rowCount }) => rowCount)).toEqual([983_040, 116_960]);
  const part = async (selection: Parameters<ReturnType<typeof openTable>['batches']>[0]) => (await Array.fromAsync(tableOf(node).batches(selection), (batch) => [...batch.getChildAt(0)!] as number[])).flat();
  expect(await part({ rows: { start: 983_038, stop: 983_043 } })).toEqual([983_038, 983_039, 983_040, 983_041, 983_042]);
  expect(await part({ filter: { column: 'n', op: 'ge', value: 1_099_998 } })).toEqual([1_099_998, 1_099_999]);
});

it('reads what is in the log of a database that is open elsewhere', async () => {
  const path = join(folder, 'open.sqlite');
  const writer = new DatabaseSync(path);
  writer.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INT); INSERT INTO t VALUES (1), (2)');
  const node = (await indexUri(pathToFileURL(path).href)).get('t')!;
  expect(await readJson(tableOf(node))).toEqual({ n: [1, 2] });
  writer.close();
});

it('ends in nodes or one clear error for damaged files, and goes on', async () => {
  let state = 29;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (const file of ['tables.sqlite', 'tables.duckdb']) {
    const bytes = readFileSync(fileURLToPath(fixtureUri(`sql/${file}`)));
    for (let round = 0; round < 20; round++) {
      const copy = new Uint8Array(bytes.subarray(0, round % 5 === 0 ? 200 + random(bytes.byteLength - 200) : bytes.byteLength));
      for (let i = 0; i < 1 + random(12); i++) copy[16 + random(copy.byteLength - 16)] = [0, 0xff, random(256)][random(3)]!;
      const path = join(folder, `damaged-${round}-${file}`);
      writeFileSync(path, copy);
      await readAll(pathToFileURL(path).href);
    }
    const path = join(folder, file);
    copyFileSync(fileURLToPath(fixtureUri(`sql/${file}`)), path);
    expect((await indexUri(pathToFileURL(path).href)).get('types')).toMatchObject({ structure: { family: 'table' } });
  }
});

async function readAll(uri: string): Promise<void> {
  try {
    for (const node of (await indexUri(uri)).values()) if (node.manifest) for await (const batch of tableOf(node).batches()) void batch;
  } catch (error) {
    if (!isTesseraError(error) || !['gone', 'unsupported', 'stale'].includes(error.code)) throw error;
  }
}
