// Filters and row ranges, answered by SQLite and PostgreSQL, against the same of the rows read whole.
import { DatabaseSync } from 'node:sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { closePostgresPools, closeSqlProcesses, setSqlSources } from '@tessera/arrow';
import type { IndexedNode, TableFilter, TableManifest } from '@tessera/domain';
import { formats, sniffFormat } from '@tessera/formats';
import { openTable, type Table } from '@tessera/tables';
import fc from 'fast-check';
import pg from 'pg';
import { fixtureStore } from './fixture-store.ts';

const integers = [-(2n ** 63n), -1n, 0n, 1n, 2n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, null];
const reals = [-1e300, -0.5, 0, 0.5, 1, 3, 2 ** 53, null];
const texts = ['', 'a', 'A', 'ab', 'b', "it's", 'ä', '\u{1F600}', 'back\\slash', null];
const rows = Array.from({ length: 90 }, (_, i) => [i, integers[i % integers.length]!, reals[(i * 7) % reals.length]!, texts[(i * 3) % texts.length]!] as const);

const condition: fc.Arbitrary<TableFilter> = fc.oneof(
  ...([['i', integers.map((value) => (value === null ? '5' : String(value)))], ['x', reals.map((value) => value ?? 7)], ['s', texts.map((value) => value ?? 'x')]] as const).flatMap(([column, values]): fc.Arbitrary<TableFilter>[] => [
    fc.record({ column: fc.constant(column), op: fc.constantFrom('eq' as const, 'ne' as const, 'lt' as const, 'le' as const, 'gt' as const, 'ge' as const), value: fc.constantFrom(...values) }),
    fc.record({ column: fc.constant(column), op: fc.constantFrom('in' as const, 'notin' as const), values: fc.array(fc.constantFrom(...values), { maxLength: 3 }) }),
    fc.record({ column: fc.constant(column), op: fc.constantFrom('isnull' as const, 'notnull' as const) }),
  ]),
);
const { filter } = fc.letrec<{ filter: TableFilter }>((tie) => ({
  filter: fc.oneof({ maxDepth: 3 }, condition, fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }), fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }), fc.record({ not: tie('filter') })),
}));

async function numbers(table: Table, selection: Parameters<Table['batches']>[0]): Promise<number[]> {
  return (await Array.fromAsync(table.batches({ ...selection, columns: ['n'] }), (batch) => [...batch.getChildAt(0)!].map(Number))).flat();
}

async function tableAt(uri: string, path: string): Promise<Table> {
  const entry = uri.startsWith('sql:') ? { uri, isDirectory: false } : (await fixtureStore.stat(uri))!;
  const format = (await sniffFormat(entry, { ...fixtureStore, read: async (...request) => (uri.startsWith('sql:') ? new Uint8Array() : fixtureStore.read(...request)) }, formats))!;
  const nodes: IndexedNode[] = await Array.fromAsync(format.index(entry, fixtureStore, {}));
  return openTable(nodes.find((node) => node.path.join('/') === path)!.manifest as TableManifest, fixtureStore);
}

/** A filter with part of the rows is not handed on: all but the last row are read whole, and filtered here. */
async function agrees(table: Table): Promise<void> {
  const oracle = (wanted: TableFilter) => numbers(table, { filter: wanted, rows: { start: 0, stop: rows.length - 1 } });
  await fc.assert(fc.asyncProperty(filter, async (wanted) => {
    expect((await numbers(table, { filter: wanted })).filter((n) => n < rows.length - 1)).toEqual(await oracle(wanted));
  }), { numRuns: 150 });
  await fc.assert(fc.asyncProperty(fc.nat(100), fc.nat(100), async (start, stop) => {
    expect(await numbers(table, { rows: { start, stop: Math.max(start, stop) } })).toEqual(rows.map(([n]) => n).slice(start, Math.max(start, stop)));
  }), { numRuns: 20 });
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-sql-filter-'));
});
afterAll(async () => {
  closeSqlProcesses();
  await closePostgresPools();
  rmSync(folder, { recursive: true });
});

it('SQLite', async () => {
  const path = join(folder, 'rows.sqlite');
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE t (n INTEGER PRIMARY KEY, i INT, x REAL, s TEXT COLLATE NOCASE)');
  const insert = database.prepare('INSERT INTO t VALUES (?, ?, ?, ?)');
  for (const row of rows) insert.run(...row);
  database.close();
  await agrees(await tableAt(pathToFileURL(path).href, 't'));
});

const url = process.env['TESSERA_TEST_POSTGRES_URL'];
const withPostgres = url ? it : it.skip;

withPostgres(url ? 'PostgreSQL' : 'PostgreSQL (skipped: TESSERA_TEST_POSTGRES_URL names no server)', async () => {
  const name = `tessera_filter_${process.pid}`;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await admin.query(`CREATE TABLE ${name} (n integer, i bigint, x double precision, s text)`);
    for (const row of rows) await admin.query(`INSERT INTO ${name} VALUES ($1, $2, $3, $4)`, row.map((value) => (typeof value === 'bigint' ? String(value) : value)));
    setSqlSources(new Map([['rows', { connection: { engine: 'postgres', url: url! }, relation: name, order: '"n"' }]]));
    await agrees(await tableAt('sql:rows', ''));
  } finally {
    await admin.query(`DROP TABLE IF EXISTS ${name}`);
    await admin.end();
  }
});
