// Configured tables and queries: of PostgreSQL (TESSERA_TEST_POSTGRES_URL names one), and of database files.
import { fileURLToPath } from 'node:url';
import { closePostgresPools, closeSqlProcesses, setSqlSources, type SqlSource } from '@tessera/arrow';
import type { ByteStore, IndexedNode, TableManifest } from '@tessera/domain';
import { formats, sniffFormat } from '@tessera/formats';
import { openTable } from '@tessera/tables';
import pg from 'pg';
import { readJson } from './check-column.ts';
import { fixtureUri } from './fixture-store.ts';

/** Sources are no files: nothing is read of the store. */
const store: ByteStore = {
  read: async () => new Uint8Array(),
  stat: async () => undefined,
  list: async function* () { /* no folders */ },
};

async function index(name: string): Promise<IndexedNode> {
  const entry = { uri: `sql:${name}`, isDirectory: false };
  const format = (await sniffFormat(entry, store, formats))!;
  const [node] = await Array.fromAsync(format.index(entry, store, {}));
  return node!;
}

const tableOf = (node: IndexedNode) => openTable(node.manifest as TableManifest, store);
const typesOf = (node: IndexedNode) => Object.fromEntries(tableOf(node).schema.fields.map((field) => [field.name, String(field.type)]));

afterAll(async () => {
  closeSqlProcesses();
  await closePostgresPools();
});

it('are of files, too', async () => {
  const path = (file: string) => fileURLToPath(fixtureUri(`sql/${file}`));
  setSqlSources(new Map<string, SqlSource>([
    ['lite', { connection: { engine: 'sqlite', path: path('tables.sqlite') }, relation: '(SELECT k, v * 2 AS twice FROM keyed) AS query', order: '"k" DESC' }],
    ['duck', { connection: { engine: 'duckdb', path: path('tables.duckdb') }, relation: `(SELECT name, i FROM other.rows WHERE i % 1000 = 7) AS query`, order: '"i"' }],
  ]));
  expect(await readJson(tableOf(await index('lite')))).toEqual({ k: ['b', 'a'], twice: [4, 2] });
  const duck = await index('duck');
  expect(duck).toMatchObject({ structure: { table: { rowCount: 5 } }, dataSource: { assets: [{ uri: 'sql:duck' }] } });
  expect(await readJson(tableOf(duck))).toEqual({ name: [7, 1007, 2007, 3007, 4007].map((i) => `row ${i}`), i: [7, 1007, 2007, 3007, 4007] });
});

it('are those of the configuration alone', async () => {
  setSqlSources(new Map());
  await expect(index('lite')).rejects.toMatchObject({ code: 'gone' });
});

const url = process.env['TESSERA_TEST_POSTGRES_URL'];
const withPostgres = url ? describe : describe.skip;

withPostgres(url ? 'PostgreSQL' : 'PostgreSQL (skipped: TESSERA_TEST_POSTGRES_URL names no server)', () => {
  const schema = `tessera_tables_${process.pid}`;
  let admin: pg.Client;
  const source = (relation: string, order?: string): SqlSource => ({ connection: { engine: 'postgres', url: url! }, relation, ...(order === undefined ? {} : { order }) });

  beforeAll(async () => {
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`
      CREATE SCHEMA ${schema};
      CREATE TABLE ${schema}.types (i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, flag boolean, text text, octets bytea, day date, clock time, moment timestamp, zoned timestamptz,
        money numeric(9,2), wide numeric(38,3), free numeric, id uuid, list integer[], object jsonb, "odd ""name""" varchar(5));
      INSERT INTO ${schema}.types VALUES (-32768, -2147483648, -9223372036854775808, 0.1, 1e300, true, 'ä "x"', '\\x00ff', '2024-02-29', '01:02:03.5', '2024-02-29 12:30:15.123456', '2024-02-29 12:30:15+02',
        -1.25, 12345678901234567890123456789012345.678, 0.5, '00000000-0000-0000-0000-000000000001', '{1,NULL}', '{"a": [1]}', 'é');
      INSERT INTO ${schema}.types (i2) VALUES (NULL);
      INSERT INTO ${schema}.types VALUES (0, 0, 0, 'NaN', '-Infinity', false, '', '', 'infinity', '24:00', '-infinity', 'infinity', 'NaN', 0, 'NaN', NULL, '{}', 'null', '');
      CREATE TABLE ${schema}.long AS SELECT i AS n, 'row ' || i AS s FROM generate_series(0, 49999) i;
      CREATE TABLE ${schema}.growing AS SELECT 1 AS n;
    `);
    setSqlSources(new Map([
      ['types', source(`${schema}.types`)], ['long', source(`"${schema}"."long"`, '"n"')], ['growing', source(`${schema}.growing`)],
      ['query', source(`(SELECT n % 3 AS rest, count(*) FROM ${schema}.long GROUP BY 1) AS query`, '"rest"')],
      ['wrong', source('nowhere')], ['writing', source(`(WITH x AS (DELETE FROM ${schema}.long RETURNING n) SELECT * FROM x) AS query`)],
      ['unreachable', { connection: { engine: 'postgres', url: 'postgres://user:hidden@127.0.0.1:1/none' }, relation: 'x' }],
    ]));
  });
  afterAll(async () => {
    await admin.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await admin.end();
  });

  it('has values of every type', async () => {
    const node = await index('types');
    expect(typesOf(node)).toEqual({
      i2: 'Int16', i4: 'Int32', i8: 'Int64', f4: 'Float32', f8: 'Float64', flag: 'Bool', text: 'Utf8', octets: 'Binary', day: 'Date32<DAY>', clock: 'Time64<MICROSECOND>',
      moment: 'Timestamp<MICROSECOND>', zoned: 'Timestamp<MICROSECOND, UTC>', money: 'Decimal[9e+2]', wide: 'Decimal[38e+3]', free: 'Float64', id: 'Utf8', list: 'Utf8', object: 'Utf8', 'odd "name"': 'Utf8',
    });
    expect(await readJson(tableOf(node))).toEqual({
      i2: [-32768, null, 0], i4: [-2147483648, null, 0], i8: [expect.anything(), null, 0], f4: [0.1, null, null], f8: [1e300, null, null], flag: [true, null, false], text: ['ä "x"', null, ''],
      octets: ['data:application/octet-stream;base64,AP8=', null, 'data:application/octet-stream;base64,'], day: ['2024-02-29', null, null], clock: ['01:02:03.500000', null, expect.anything()],
      moment: ['2024-02-29T12:30:15.123456', null, null], zoned: ['2024-02-29T10:30:15+00:00', null, null], money: [-1.25, null, null], wide: [expect.closeTo(1.2345678901234568e34, -20), null, 0],
      free: [0.5, null, null], id: ['00000000-0000-0000-0000-000000000001', null, null], list: ['{1,NULL}', null, '{}'], object: ['{"a": [1]}', null, 'null'], 'odd "name"': ['é', null, ''],
    });
    for await (const batch of tableOf(node).batches({ columns: ['i8', 'wide'] })) expect(batch.getChildAt(0)!.get(0)).toBe(-(2n ** 63n));
  });

  it('streams, in order, some columns', async () => {
    const node = await index('long');
    expect(node.structure).toMatchObject({ table: { rowCount: 50_000, columns: ['n', 's'] } });
    let next = 0;
    for await (const batch of tableOf(node).batches({ columns: ['n'] })) {
      expect(batch.schema.fields).toHaveLength(1);
      expect([...batch.getChildAt(0)!]).toEqual(Array.from({ length: batch.numRows }, () => next++));
    }
    expect(next).toBe(50_000);
    expect(await readJson(tableOf(await index('query')))).toEqual({ rest: [0, 1, 2], count: [16_667, 16_667, 16_666] });
  });

  it('may be left in the middle, more often than it has connections', async () => {
    const node = await index('long');
    for (let round = 0; round < 10; round++) for await (const batch of tableOf(node).batches()) if (batch.numRows > 0) break;
    const rows = await Promise.all(Array.from({ length: 8 }, async () => (await Array.fromAsync(tableOf(node).batches(), (batch) => batch.numRows)).reduce((sum, count) => sum + count, 0)));
    expect(rows).toEqual(new Array(8).fill(50_000));
  });

  it('is stale, before the first row, when rows came', async () => {
    const node = await index('growing');
    await admin.query(`INSERT INTO ${schema}.growing VALUES (2)`);
    await expect(tableOf(node).batches()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'stale' });
    expect(await readJson(tableOf(await index('growing')))).toEqual({ n: [1, 2] });
  });

  it('says what is wrong, and not where it is', async () => {
    await expect(index('wrong')).rejects.toMatchObject({ code: 'gone', message: expect.stringContaining('"nowhere" does not exist') });
    await expect(index('unreachable')).rejects.toMatchObject({ code: 'unavailable', message: expect.not.stringMatching(/hidden|127\.0\.0\.1|user/) });
  });

  it('changes nothing', async () => {
    await expect(index('writing')).rejects.toMatchObject({ code: 'gone' });
    expect((await admin.query(`SELECT count(*)::int AS n FROM ${schema}.long`)).rows).toEqual([{ n: 50_000 }]);
  });

  it('ends with its caller', async () => {
    const caller = new AbortController();
    const node = await index('long');
    const read = async () => {
      for await (const batch of tableOf(node).batches({}, { signal: caller.signal })) if (batch.numRows > 0) caller.abort();
    };
    await expect(read()).rejects.toMatchObject({ code: 'cancelled' });
  });
});
