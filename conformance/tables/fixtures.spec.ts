// Format → manifest → decoder → columns and JSON, against what pyarrow and pandas recorded of the same files.
import { readFileSync } from 'node:fs';
import { type Format, type IndexedNode, type TableManifest } from '@tessera/domain';
import { closeParquet } from '@tessera/arrow';
import { formats } from '@tessera/formats';
import { openTable } from '@tessera/tables';
import { checkColumn, readJson, type ExpectedColumn } from './check-column.ts';
import { fixtureStore, fixtureUri } from './fixture-store.ts';

type Expected = Record<string, { rowCount: number; columns?: Record<string, ExpectedColumn> }>;

const folders = ['arrow', 'arrow-stream', 'parquet', 'csv', 'jsonl'] as const;
const expectedIn = (folder: string) => JSON.parse(readFileSync(new URL(`../../fixtures/${folder}/expected.json`, import.meta.url), 'utf8')) as Expected;

async function indexFixture(format: Format, path: string): Promise<{ node: IndexedNode; manifest: TableManifest }> {
  const entry = (await fixtureStore.stat(fixtureUri(path)))!;
  const nodes = await Array.fromAsync(format.index(entry, fixtureStore, {}));
  expect(nodes).toHaveLength(1);
  return { node: nodes[0]!, manifest: nodes[0]!.manifest as TableManifest };
}

afterAll(() => closeParquet());

describe.each(folders)('%s files', (folder) => {
  const expected = expectedIn(folder);

  it.each(Object.keys(expected))('%s', async (name) => {
    const format = await formats.get(folder)!();
    const path = `${folder}/${name}`;
    const head = readFileSync(new URL(fixtureUri(path))).subarray(0, 4096);
    expect(await format.sniff((await fixtureStore.stat(fixtureUri(path)))!, head, fixtureStore)).toBe(true);
    const { node, manifest } = await indexFixture(format, path);
    const { rowCount, columns = {} } = expected[name]!;
    const table = openTable(manifest, fixtureStore);
    expect(node.structure).toMatchObject({ family: 'table', table: { rowCount, partitionCount: manifest.partitions.length } });
    const counts = await Array.fromAsync(table.batches(), (batch) => batch.numRows);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rowCount);
    if (expected[name]!.columns) expect(table.schema.fields.map((field) => field.name)).toEqual(Object.keys(columns));
    for (const [column, wanted] of Object.entries(columns)) await checkColumn(table, column, wanted);
    if (expected[name]!.columns) expect(await readJson(table)).toEqual(Object.fromEntries(Object.entries(columns).map(([key, { json }]) => [key, json])));
  });
});
