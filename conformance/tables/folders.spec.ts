// Folders of files that are one table, against what pyarrow and pandas recorded of all of them.
import { readFileSync } from 'node:fs';
import { closeParquet } from '@tessera/arrow';
import type { IndexedNode, TableManifest } from '@tessera/domain';
import { formats, sniffFormat } from '@tessera/formats';
import { openTable } from '@tessera/tables';
import { checkColumn, readJson, type ExpectedColumn } from './check-column.ts';
import { fixtureStore, fixtureUri } from './fixture-store.ts';

const expected = JSON.parse(readFileSync(new URL('../../fixtures/table-folder/expected.json', import.meta.url), 'utf8')) as Record<string, { rowCount: number; columns: Record<string, ExpectedColumn> }>;

afterAll(() => closeParquet());

async function indexFolder(name: string): Promise<{ format: string | undefined; nodes: IndexedNode[] }> {
  const entry = (await fixtureStore.stat(fixtureUri(`table-folder/${name}`)))!;
  const format = await sniffFormat(entry, fixtureStore, formats);
  return { format: format?.name, nodes: format ? await Array.fromAsync(format.index(entry, fixtureStore, {})) : [] };
}

it.each(Object.keys(expected))('%s', async (name) => {
  const { rowCount, columns } = expected[name]!;
  const { format, nodes } = await indexFolder(name);
  expect(format).toMatch(/-folder$/);
  expect(nodes).toHaveLength(1);
  const [node] = nodes;
  const manifest = node!.manifest as TableManifest;
  expect(node!.structure).toMatchObject({ family: 'table', table: { rowCount, partitionCount: manifest.partitions.length, columns: Object.keys(columns) } });
  expect(node!.dataSource).toMatchObject({ mediaType: expect.stringMatching(/^multipart\/related;type=/), assets: [{ isDirectory: true, parameter: 'data_uri' }] });
  const table = openTable(manifest, fixtureStore);
  for (const [column, wanted] of Object.entries(columns)) await checkColumn(table, column, wanted);
  expect(await readJson(table)).toEqual(Object.fromEntries(Object.entries(columns).map(([key, { json }]) => [key, json])));
});

it('knows a changed folder by its fingerprint, which is that of its asset', async () => {
  const entry = (await fixtureStore.stat(fixtureUri('table-folder/parts.csv')))!;
  const format = (await sniffFormat(entry, fixtureStore, formats))!;
  const { nodes } = await indexFolder('parts.csv');
  const facts = await format.fingerprint!(entry, fixtureStore);
  expect(nodes[0]!.dataSource!.assets[0]).toEqual({ ...facts, isDirectory: true, parameter: 'data_uri' });
  const without: typeof fixtureStore = { ...fixtureStore, list: async function* (uri) {
    let count = 0;
    for await (const listed of fixtureStore.list(uri)) if (count++ > 0) yield listed;
  } };
  expect((await format.fingerprint!(entry, without)).etag).not.toBe(facts.etag);
});

it.each([
  ['differing.parquet', 'unsupported', 'column "a" is Int64 in 0.parquet and Utf8 in 1.parquet'],
  ['damaged.parquet', 'gone', '1.parquet'],
  ['renamed.csv', 'unsupported', 'see "c"'],
])('%s is refused', async (name, code, text) => {
  await expect(indexFolder(name)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
});

it('leaves folders with folders in them to themselves', async () => {
  expect((await indexFolder('hive.parquet')).format).toBeUndefined();
});
