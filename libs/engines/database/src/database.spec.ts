import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onEachDatabase } from '@tessera/testing';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { isContention, toDatabaseError } from './database-error.ts';
import { upkeep } from './embedded-upkeep.ts';
import { migrate, type Migration } from './migrate.ts';
import { openDatabase } from './open-database.ts';

onEachDatabase(process.env['TESSERA_TEST_POSTGRES_URL'], openDatabase, (kind) => {
  let database: Database;
  beforeAll(async () => { database = await kind.open(); });

  it('gives the same values whichever it is', async () => {
    const text = ['a', 'b"c', '{d,e}', '\\', '', 'ü🙂', "'"];
    const rows = await database.rows(sql`select ${text}::text[] as texts, (${[1, 2 ** 50]}::bigint[])[2] as number, ${JSON.stringify({ a: 1.5, b: [null] })}::jsonb as json,
      9007199254740991::bigint as large, 1.25::double precision as fraction, true as flag, null as nothing, count(*) as count from generate_series(1, 3)`);
    expect(rows).toEqual([{ texts: text, number: 2 ** 50, json: { a: 1.5, b: [null] }, large: 9007199254740991, fraction: 1.25, flag: true, nothing: null, count: 3 }]);
  });

  it.each<[string, string, string]>([
    ['a taken name', 'insert into errors.things values (1), (1)', 'conflict'], ['NUL in JSON', `select '"\\u0000"'::jsonb -> 0 #>> '{}', ('"\\u0000"'::jsonb) #>> '{}'`, 'unprocessable'],
    ['half a character in JSON', `select '"\\ud800"'::jsonb`, 'unprocessable'], ['a bad pattern', `select 'a' ~ '('`, 'invalid_argument'],
    ['a missing owner', 'insert into errors.parts values (7)', 'conflict'], ['a mistake of ours', 'select nothing from nowhere', 'internal'],
  ])('says in our words: %s', async (_what, statement, code) => {
    await database.rows(sql`create schema if not exists errors`);
    await database.rows(sql`create table if not exists errors.things (id int primary key)`);
    await database.rows(sql`create table if not exists errors.parts (thing int references errors.things)`);
    await expect(database.rows(sql`${sql.raw(statement)}`)).rejects.toMatchObject({ isTesseraError: true, code });
    await expect(database.rows(sql`select 1 as one`)).resolves.toEqual([{ one: 1 }]);
  });

  it('refuses text that cannot be stored, and numbers that would not be exact', async () => {
    await expect(database.rows(sql`select ${'a\0'}::text`)).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(database.rows(sql`select 9007199254740993::bigint`)).rejects.toMatchObject({ code: 'internal' });
  });

  it('rolls back all of a transaction, and goes on', async () => {
    await database.rows(sql`create table numbers (n int)`);
    await expect(database.transaction(async (queries) => {
      await queries.rows(sql`insert into numbers values (1)`);
      throw new Error('changed my mind');
    })).rejects.toMatchObject({ code: 'internal' });
    await expect(database.transaction((queries) => queries.rows(sql`select 1 / 0`))).rejects.toMatchObject({ code: 'internal' });
    await database.transaction((queries) => queries.rows(sql`insert into numbers values (2)`));
    expect(await database.rows(sql`select n from numbers`)).toEqual([{ n: 2 }]);
  });

  it('keeps a transaction apart from queries that run meanwhile', async () => {
    await database.rows(sql`create table apart (n int)`);
    const inside = Promise.withResolvers<void>();
    const transaction = database.transaction(async (queries) => {
      await queries.rows(sql`insert into apart values (1)`);
      inside.resolve();
      await sleep(5);
      throw new Error('no');
    }).catch(() => undefined);
    await inside.promise;
    await Promise.all([database.rows(sql`insert into apart values (2)`), transaction]);
    expect(await database.rows(sql`select n from apart`)).toEqual([{ n: 2 }]);
  });

  it('migrates forward, once, however many start', async () => {
    const first: Migration = { name: '0001-a', statements: ['create table moving.a (n int)', 'insert into moving.a values (1)'] };
    const second: Migration = { name: '0002-b', statements: ['alter table moving.a add column m int default 5'] };
    const broken: Migration = { name: '0003-c', statements: ['insert into moving.a values (9)', 'create nonsense'] };
    const other = await kind.reopen();
    const applied = await Promise.all([migrate(database, 'moving', [first]), migrate(other, 'moving', [first]), migrate(database, 'moving', [first])]);
    expect(applied.flat()).toEqual(['0001-a']);
    await expect(migrate(database, 'moving', [first, second, broken])).rejects.toMatchObject({ code: 'internal' });
    expect(await migrate(database, 'moving', [first, second])).toEqual(['0002-b']);
    expect(await database.rows(sql`select * from moving.a`)).toEqual([{ n: 1, m: 5 }]);
    await expect(migrate(database, 'moving', [first])).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('newer') as string });
  });

  it('ends a query whose caller has gone', async () => {
    await expect(database.rows(sql`select 1`, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
    await expect(database.rows(sql`select 1`, { deadlineMs: Date.now() })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    if (kind.embedded) return;
    await expect(database.rows(sql`select pg_sleep(0.1)`, { deadlineMs: Date.now() + 20 })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await expect(database.rows(sql`select pg_sleep(0.1)`, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ code: 'cancelled' });
    // The queries end by themselves; their connections are good for others then.
    await sleep(150);
    expect(await database.rows(sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });

  it('lets one lead', async () => {
    const other = await kind.reopen();
    const led: string[] = [];
    const holding = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const leading = database.lead('a', async (queries) => {
      await queries.rows(sql`select 1`);
      led.push('first');
      holding.resolve();
      await done.promise;
    });
    await holding.promise;
    expect(await other.lead('b', async () => void led.push('another'))).toBe(true);
    if (!kind.embedded) expect(await other.lead('a', async () => void led.push('never'))).toBe(false);
    done.resolve();
    expect(await leading).toBe(true);
    expect(await other.lead('a', async () => void led.push('second'))).toBe(true);
    expect(led).toEqual(['first', 'another', 'second']);
  });

  if (!kind.embedded) {
    it('lives through the loss of its connections', async () => {
      const other = await kind.reopen();
      await Promise.all([database.rows(sql`select 1`), database.rows(sql`select 2`)]);
      const waiting = database.rows(sql`select pg_sleep(60)`).catch((error: unknown) => error);
      while ((await other.rows(sql`select 1 from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'`)).length === 0) await sleep(2);
      await other.rows(sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`);
      expect(await waiting).toMatchObject({ code: 'unavailable' });
      await sleep(20);
      expect(await database.rows(sql`select 1 as one`)).toEqual([{ one: 1 }]);
    });
  }
});

describe('openDatabase', () => {
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'tessera-database-')); });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('refuses what is no database, and says when none answers', async () => {
    await expect(openDatabase({ url: 'mysql://localhost/x' })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(openDatabase({ url: 'postgres://nobody@127.0.0.1:1/x', connectTimeoutMs: 2000 })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('keeps a folder for one at a time, and what is in it for the next', async () => {
    const first = await openDatabase({ dataDirectory: folder });
    await first.rows(sql`create table kept (n int)`);
    await first.rows(sql`insert into kept values (7)`);
    await expect(openDatabase({ dataDirectory: folder })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('Another Tessera') as string });
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', `
      import { DatabaseSync } from 'node:sqlite';
      new DatabaseSync(process.argv[1]).exec('BEGIN EXCLUSIVE');`, join(folder, 'in-use.lock')], { encoding: 'utf8' });
    expect(child.stderr).toMatch('locked');
    await first.close();
    await first.close();
    await expect(first.rows(sql`select 1`)).rejects.toMatchObject({ code: 'unavailable' });
    const second = await openDatabase({ dataDirectory: folder });
    expect(await second.rows(sql`select n from kept`)).toEqual([{ n: 7 }]);
    await second.close();
  });

  it('finishes what a killed start left half done, and says when a folder is damaged', async () => {
    await mkdir(join(folder, 'postgres'));
    await writeFile(join(folder, 'postgres', 'PG_VERSION'), 'half');
    const database = await openDatabase({ dataDirectory: folder });
    await database.close();
    await rm(join(folder, 'postgres', 'global'), { recursive: true });
    await expect(openDatabase({ dataDirectory: folder })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('damaged') as string });
  });

  it('starts without its template, with a broken one, and where none can be kept', async () => {
    for (let attempt = 0; attempt < 2; attempt++) await (await openDatabase({ memory: true, templateFolder: folder })).close();
    await writeFile(join(folder, 'pglite-0.5.16-wal1.tar'), 'not a tar');
    await (await openDatabase({ memory: true, templateFolder: folder })).close();
    expect((await stat(join(folder, 'pglite-0.5.16-wal1.tar'))).size).toBeGreaterThan(2 ** 20);
    await writeFile(join(folder, 'file'), '');
    await (await openDatabase({ memory: true, templateFolder: join(folder, 'file') })).close();
  });

  it('vacuums tables that changed much', async () => {
    const database = await openDatabase({ memory: true });
    await database.rows(sql`create table busy as select n from generate_series(1, 1000) n`);
    await database.rows(sql`delete from busy where n > 100`);
    await database.rows(sql`create table quiet (n int)`);
    expect(await upkeep(database.kysely)).toEqual(['public.busy']);
    expect(await upkeep(database.kysely)).toEqual([]);
    expect(await database.rows(sql`select reltuples::int as rows from pg_class where relname = 'busy'`)).toEqual([{ rows: 100 }]);
    await database.close();
  });
});

describe('toDatabaseError', () => {
  it.each<[unknown, string]>([
    [{ code: '57P01' }, 'unavailable'], [{ code: '08006' }, 'unavailable'], [{ code: '53300' }, 'unavailable'], [{ code: '57014' }, 'deadline_exceeded'], [{ code: '54000' }, 'unprocessable'],
    [{ code: 'ECONNREFUSED' }, 'unavailable'], [new AggregateError([Object.assign(new Error(''), { code: 'ECONNREFUSED' })]), 'unavailable'], [new Error('Connection terminated unexpectedly'), 'unavailable'],
    [{ code: '42P01' }, 'internal'], [null, 'internal'], ['text', 'internal'], [new Error('x'), 'internal'],
  ])('%j is %s', (error, code) => expect(toDatabaseError(error).code).toBe(code));

  it('knows what may be tried again', () => {
    expect([{ code: '40001' }, { code: '40P01' }, toDatabaseError({ code: '40P01' })].map(isContention)).toEqual([true, true, true]);
    expect([{ code: '23505' }, null, new Error('x')].map(isContention)).toEqual([false, false, false]);
  });
});
