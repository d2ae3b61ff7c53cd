import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultStateDirectory, loadConfig, printableConfig } from './config.ts';
import { parseCommandLine } from './flags.ts';
import { sqlSourcesOf } from './sql-sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-config-'));
const write = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe('loadConfig', () => {
  it('works without any setting', () => {
    expect(loadConfig({}, undefined, {})).toMatchObject({ roles: ['gateway', 'catalog', 'search', 'reader'], http: { port: 8000, host: '127.0.0.1' }, access: { public: false } });
  });

  it('lets flags win over the environment, and that over the file', () => {
    const file = write('tessera.yaml', 'http: { port: 1, host: 0.0.0.0, rootPath: /data }\n');
    const config = loadConfig(parseCommandLine(['serve', '--port', '3']).layer, file, { TESSERA_HTTP__PORT: '2', TESSERA_HTTP__HOST: '127.0.0.2' });
    expect(config.http).toMatchObject({ port: 3, host: '127.0.0.2', rootPath: '/data' });
  });

  it('takes connections of databases by name, masks them, and knows which ones tables may have', () => {
    const environment = { TESSERA_SQL__CONNECTIONS__LAB: 'postgres://reader:hidden@db/lab' };
    const tables = { 'lab/runs': { connection: 'lab', table: 'public.runs', orderBy: 'id' } };
    const config = loadConfig({ sql: { tables } }, undefined, environment);
    expect(config.sql).toEqual({ connections: { lab: 'postgres://reader:hidden@db/lab' }, tables: { 'lab/runs': { connection: 'lab', table: 'public.runs', orderBy: ['id'] } } });
    expect(JSON.stringify(printableConfig(config))).not.toContain('hidden');
    expect(sqlSourcesOf(config).get('lab/runs')).toEqual({ connection: { engine: 'postgres', url: 'postgres://reader:hidden@db/lab' }, relation: '"public"."runs"', order: '"id"' });
    expect(() => loadConfig({ sql: { tables } }, undefined, {})).toThrow('sql.tables.lab/runs.connection: there is no connection "lab"');
    expect(() => loadConfig({ sql: { tables: { a: { connection: 'lab' } } } }, undefined, environment)).toThrow('either a table or a query');
  });

  it('reads secrets from files and masks them', () => {
    const config = loadConfig({}, undefined, { TESSERA_API_KEY_FILE: write('key', 'abc123\n'), TESSERA_CLUSTER__SECRET: 'sixteen letters!' });
    expect(config.access.apiKey).toBe('abc123');
    expect(JSON.stringify(printableConfig(config))).not.toMatch(/abc123|sixteen/);
  });

  it('lists every problem with its path', () => {
    const load = () => loadConfig({ http: { port: 'x' }, nope: {}, access: { apiKey: 'a b' } } as object, undefined, {});
    expect(load).toThrow(/http\.port[\s\S]*access\.apiKey[\s\S]*nope/);
  });

  it('places identity with the catalog and the indexer with the readers', () => {
    const config = loadConfig({}, undefined, { TESSERA_CATALOG__ADDRESSES: 'c:1', TESSERA_READER__ADDRESSES: 'r:1,r:2' });
    expect([config.identity.addresses, config.indexer.addresses]).toEqual([['c:1'], ['r:1', 'r:2']]);
  });

  it('keeps the state of different trees apart', () => {
    const state = (...paths: string[]) => defaultStateDirectory(loadConfig({ serve: { paths } }, undefined, {}), { XDG_DATA_HOME: '/data' });
    expect(state()).toBe('/data/tessera/demo');
    expect(state('/a')).toMatch(/^\/data\/tessera\/files-[0-9a-f]{12}$/);
    expect(state('/a')).not.toBe(state('/b'));
  });
});

describe('parseCommandLine', () => {
  it('refuses flags it does not know', () => {
    expect(() => parseCommandLine(['serve', '--prot', '1'])).toThrow(/--prot[\s\S]*tessera --help/);
  });
});
