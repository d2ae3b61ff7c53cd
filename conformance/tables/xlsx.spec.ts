// Sheets of Excel workbooks, against what pandas recorded of them.
import { readFileSync } from 'node:fs';
import { isTesseraError, type ByteStore, type Entry, type IndexedNode, type TableManifest } from '@tessera/domain';
import { formats } from '@tessera/formats';
import { openTable } from '@tessera/tables';
import { checkColumn, readJson, type ExpectedColumn } from './check-column.ts';
import { fixtureStore, fixtureUri } from './fixture-store.ts';

type Expected = Record<string, Record<string, { rowCount: number; columns: Record<string, ExpectedColumn> } | null>>;

const expected = JSON.parse(readFileSync(new URL('../../fixtures/xlsx/expected.json', import.meta.url), 'utf8')) as Expected;
const fixture = (name: string) => readFileSync(new URL(`../../fixtures/xlsx/${name}`, import.meta.url));

async function indexFile(name: string): Promise<IndexedNode[]> {
  const format = await formats.get('xlsx')!();
  const entry = (await fixtureStore.stat(fixtureUri(`xlsx/${name}`)))!;
  expect(await format.sniff(entry, fixture(name).subarray(0, 4096), fixtureStore)).toBe(true);
  return Array.fromAsync(format.index(entry, fixtureStore, {}));
}

it.each(Object.keys(expected))('%s', async (name) => {
  const [container, ...sheets] = await indexFile(name);
  expect(container).toMatchObject({ path: [], structure: { family: 'container' }, metadata: {}, specs: [], dataSource: { assets: [{ parameter: 'data_uri' }] } });
  expect(sheets.map(({ path }) => path)).toEqual(Object.keys(expected[name]!).map((key) => [key]));
  for (const node of sheets) {
    const wanted = expected[name]![node.path[0]!];
    if (!wanted) {
      expect(node).toMatchObject({ problem: 'The sheet is empty: it has no columns.' });
      continue;
    }
    const { rowCount, columns } = wanted;
    expect(node).toMatchObject({ metadata: {}, specs: [{ name: 'dataframe' }], structure: { family: 'table', table: { columns: Object.keys(columns), partitionCount: 1, rowCount } } });
    const table = openTable(node.manifest as TableManifest, fixtureStore);
    for (const [column, values] of Object.entries(columns)) await checkColumn(table, column, values);
    expect(await readJson(table)).toEqual(Object.fromEntries(Object.entries(columns).map(([key, { json }]) => [key, json])));
  }
});

it('reads rows far apart, and whole sheets of them, in batches', async () => {
  const bytes = changedSheet((xml) => xml.replace('<x:row><x:c><x:v>1', '<x:row r="300000"><x:c><x:v>1').replace('<x:row><x:c t="n">', '<x:row r="1048576"><x:c t="n">'));
  const [, sheet] = await index(bytes);
  expect(sheet!.structure).toMatchObject({ table: { rowCount: 1_048_575 } });
  let rowCount = 0;
  const found: unknown[] = [];
  for await (const batch of openTable(sheet!.manifest as TableManifest, storeOf(bytes)).batches({ columns: ['a'] })) {
    expect(batch.numRows).toBeLessThanOrEqual(8192);
    rowCount += batch.numRows;
    for (const value of batch.getChildAt(0)!.nullCount < batch.numRows ? batch.getChildAt(0)! : []) if (value !== null) found.push(value);
  }
  expect([rowCount, found]).toEqual([1_048_575, [1, 2.5]]);
});

describe('damaged files', () => {
  it.each([
    ['rows that go back', (xml: string) => xml.replace('<x:row>', '<x:row r="7">').replace('<x:row><x:c><x:v>1', '<x:row r="3"><x:c><x:v>1')],
    ['a row beyond the last', (xml: string) => xml.replace('<x:row>', '<x:row r="1048577">')],
    ['a column beyond the last', (xml: string) => xml.replace('<x:c t="n">', '<x:c r="ZZZZ2" t="n">')],
    ['a text that is not there', (xml: string) => xml.replace('<x:c t="n"><x:v>2.5E0', '<x:c t="s"><x:v>99')],
    ['a document type', (xml: string) => xml.replace('<x:worksheet', '<!DOCTYPE x [<!ENTITY a "b">]><x:worksheet')],
    ['an end that is missing', (xml: string) => xml.replace('</x:worksheet>', '')],
    ['a tag that is not closed', (xml: string) => xml.replace('</x:worksheet>', '</x:worksheet')],
    ['a text without an end', (xml: string) => xml.replace('>a<', `>${'a'.repeat(3_000_000)}<`)],
  ])('%s', async (_, change) => {
    const [, sheet] = await index(changedSheet(change));
    expect(sheet).toMatchObject({ path: ['Sheet'], problem: expect.stringMatching(/^The spreadsheet is damaged/) });
  });

  it('end in nodes or one clear error, whatever they are', async () => {
    let state = 23;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (const name of ['cells.xlsx', 'inline.xlsx']) {
      const bytes = fixture(name);
      for (let round = 0; round < 250; round++) {
        const copy = new Uint8Array(bytes.subarray(0, round % 5 === 0 ? random(bytes.byteLength) : bytes.byteLength));
        for (let i = 0; i < 1 + random(4) && copy.byteLength > 0; i++) copy[random(copy.byteLength)] = [0, 0x3c, 0x22, 0xff, random(256)][random(5)]!;
        await readAll(copy);
      }
    }
  });

  it('refuses what has a password', async () => {
    await expect(index(Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1))).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('password') });
  });
});

function storeOf(bytes: Uint8Array): ByteStore {
  return {
    read: async (_uri, range) => bytes.subarray(range?.byteOffset ?? 0, range?.byteLength === undefined ? undefined : range.byteOffset + range.byteLength),
    stat: async (uri): Promise<Entry> => ({ uri, isDirectory: false, byteLength: bytes.byteLength }),
    list: async function* () { /* no folder */ },
  };
}

async function index(bytes: Uint8Array): Promise<IndexedNode[]> {
  const format = await formats.get('xlsx')!();
  return Array.fromAsync(format.index({ uri: 'memory:t.xlsx', isDirectory: false, byteLength: bytes.byteLength }, storeOf(bytes), {}));
}

async function readAll(bytes: Uint8Array): Promise<void> {
  try {
    for (const { manifest } of await index(bytes)) {
      if (manifest) for await (const batch of openTable(manifest as TableManifest, storeOf(bytes)).batches()) void batch;
    }
  } catch (error) {
    if (!isTesseraError(error) || !['gone', 'unsupported', 'stale'].includes(error.code)) throw error;
  }
}

/** inline.xlsx, whose parts are stored as they are, with its sheet changed; it comes to lie at the end, and its entry in the directory is set right. */
function changedSheet(change: (xml: string) => string): Uint8Array {
  const bytes = fixture('inline.xlsx');
  const text = bytes.toString('latin1');
  const start = text.indexOf('<?xml', text.indexOf('xl/worksheets/sheet1.xml'));
  const end = text.indexOf('</x:worksheet>') + '</x:worksheet>'.length;
  const sheet = Buffer.from(change(bytes.toString('utf8', start, end)));
  const directory = text.indexOf('PK\u0001\u0002');
  const tail = Buffer.from(bytes.subarray(directory));
  const local = Buffer.from(bytes.subarray(text.lastIndexOf('PK\u0003\u0004', start), start));
  const entry = tail.indexOf('xl/worksheets/sheet1.xml') - 46;
  for (const [at, value] of [[20, sheet.byteLength], [24, sheet.byteLength], [42, directory]] as const) tail.writeUInt32LE(value, entry + at);
  const added = local.byteLength + sheet.byteLength;
  tail.writeUInt32LE(directory + added, tail.lastIndexOf('PK\u0005\u0006') + 16);
  return Buffer.concat([bytes.subarray(0, directory), local, sheet, tail]);
}
