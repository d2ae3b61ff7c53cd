import { gzipSync } from 'node:zlib';
import type { ByteStore, IndexedNode, TableManifest } from '@tessera/domain';
import { decodeSchemaMessage } from '@tessera/arrow';
import { csvFormat } from './csv.format.ts';
import { columnNames } from './column-names.ts';
import { sniffDelimiter } from './sniff-delimiter.ts';

async function index(content: string | Uint8Array, parameters: Record<string, unknown> = {}, uri = 'memory:t.csv'): Promise<IndexedNode> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const store = { read: async (_uri: string, range: { byteOffset: number; byteLength: number }) => bytes.subarray(range.byteOffset, range.byteOffset + range.byteLength) } as unknown as ByteStore;
  const nodes = await Array.fromAsync(csvFormat.index({ uri, isDirectory: false, byteLength: bytes.byteLength, modifiedAtMs: 5 }, store, parameters));
  return nodes[0]!;
}

const manifestOf = (node: IndexedNode) => node.manifest as TableManifest;
const typesOf = (node: IndexedNode) => Object.fromEntries(decodeSchemaMessage(manifestOf(node).schema).fields.map((field) => [field.name, `${field.type}${field.nullable ? '?' : ''}`]));

it('describes a table', async () => {
  const node = await index('a,b\n1,x\n2,\n');
  expect(node).toMatchObject({ path: [], metadata: {}, specs: [{ name: 'dataframe' }], structure: { family: 'table', table: { columns: ['a', 'b'], partitionCount: 1, rowCount: 2 } } });
  expect(node.dataSource).toEqual({ mediaType: 'text/csv', management: 'external', assets: [{ uri: 'memory:t.csv', byteLength: 11, modifiedAtMs: 5, isDirectory: false, parameter: 'data_uris', ordinal: 0 }] });
  expect(typesOf(node)).toEqual({ a: 'Int64', b: 'Utf8?' });
  expect(manifestOf(node)).toMatchObject({ decoder: { name: 'csv', configuration: { delimiter: ',', encoding: 'utf-8', types: ['int64', 'utf8'] } }, partitions: [{ byteOffset: 4, byteLength: 7, rowCount: 2 }] });
});

it('takes names by their suffix', () => {
  const sniff = (uri: string, isDirectory = false) => csvFormat.sniff({ uri, isDirectory }, new Uint8Array(), undefined as never);
  expect([sniff('file:///d/a.csv'), sniff('file:///d/A.CSV'), sniff('file:///d/a.tsv'), sniff('file:///d/a.csv.gz'), sniff('file:///d/a.gz'), sniff('file:///d.csv/a.txt'), sniff('file:///d/a.csv', true)]).toEqual([true, true, true, true, false, false, false]);
});

it('cuts partitions between records, also where quotes hold line ends', async () => {
  const row = (i: number) => `${i},"${'x\n'.repeat(500)}"\n`;
  const count = 20_000;
  const text = `a,b\n${Array.from({ length: count }, (_, i) => row(i)).join('')}`;
  const { partitions } = manifestOf(await index(text));
  expect(partitions.length).toBeGreaterThan(1);
  expect(partitions.reduce((sum, partition) => sum + partition.rowCount, 0)).toBe(count);
  let at = 4;
  let rowNumber = 0;
  for (const partition of partitions) {
    expect(partition.byteOffset).toBe(at);
    expect(text.slice(at, at + 8)).toBe(row(rowNumber).slice(0, 8));
    at += partition.byteLength;
    rowNumber += partition.rowCount;
  }
  expect(at).toBe(text.length);
});

describe('gzip', () => {
  it('is one partition', async () => {
    const text = `a,b\n${'1,x\n'.repeat(3_000_000)}`;
    const bytes = gzipSync(text);
    expect(manifestOf(await index(bytes, {}, 'memory:t.csv.gz')).partitions).toEqual([
      { uri: 'memory:t.csv.gz', byteOffset: 0, byteLength: bytes.byteLength, rowCount: 3_000_000, detail: { gzip: { byteOffset: 4 } } },
    ]);
  });

  it('cut off or damaged is refused', async () => {
    const bytes = gzipSync(Buffer.from(`a\n${Array.from({ length: 5000 }, (_, i) => i * i).join('\n')}\n`));
    for (let length = 0; length < bytes.byteLength; length += 97) await expect(index(bytes.subarray(0, length), {}, 'memory:t.csv.gz')).rejects.toMatchObject({ code: 'gone' });
    for (let at = 20; at < bytes.byteLength; at += 97) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x55;
      await expect(index(damaged, {}, 'memory:t.csv.gz')).rejects.toMatchObject({ code: 'gone' });
    }
  });
});

it.each([
  ['a;b\n1,5;2\n', ';'], ['a|b\n1|2\n', '|'], ['a\tb\n1\t2\n', '\t'], ['a,b;c\n1,2;3\n', ','], ['a\n1;2\n', ','], ['a\n1\n', ','],
  ['a;b\n"x\ny";2\n', ';'], ['a;b\n1;2;3;4\n', ','], ['a;b;c\n1;2\n', ';'], ['a;b\n"open', ';'],
])('finds the delimiter of %j', (text, delimiter) => {
  expect(sniffDelimiter(Buffer.from(text), true, ',')).toBe(delimiter);
});

describe('encodings', () => {
  it('skips a byte order mark', async () => {
    const node = await index('\ufeffa\n1\n');
    expect(typesOf(node)).toEqual({ a: 'Int64' });
    expect(manifestOf(node).partitions).toEqual([{ uri: 'memory:t.csv', byteOffset: 5, byteLength: 2, rowCount: 1 }]);
  });

  it('takes for Latin-1 what is no UTF-8, wherever that shows', async () => {
    const late = Buffer.concat([Buffer.from(`gr\u00f6\u00dfe\n${'abc\n'.repeat(2_000_000)}`, 'latin1')]);
    expect(Object.keys(typesOf(await index(late)))).toEqual(['größe']);
    expect(Object.keys(typesOf(await index('größe\n1\n')))).toEqual(['größe']);
    // A character that lies on both sides of the place where the file is read in two pieces.
    const piece = 4 * 2 ** 20;
    expect(manifestOf(await index(`a\n${'x'.repeat(piece - 3)}ü\n`)).decoder.configuration).toMatchObject({ encoding: 'utf-8' });
  });

  it.each([['UTF-16', Buffer.from('\ufeffa,b\n', 'utf16le')], ['binary data', Buffer.from([0x61, 0, 0x0a])]])('refuses %s', async (_, bytes) => {
    await expect(index(bytes)).rejects.toMatchObject({ code: 'gone' });
  });
});

describe('parameters', () => {
  it('are those of pandas', async () => {
    expect(typesOf(await index('1;2\n3;4\n', { sep: ';', header: null }))).toEqual({ 0: 'Int64', 1: 'Int64' });
    expect(typesOf(await index('1,2\n', { names: ['x', 'y'] }))).toEqual({ x: 'Int64', y: 'Int64' });
    expect(typesOf(await index('a,b\n1,2\n', { names: ['x', 'y'], header: 0 }))).toEqual({ x: 'Int64', y: 'Int64' });
    expect(typesOf(await index('a\n1\n', { assume_missing: true }))).toEqual({ a: 'Float64' });
    expect(typesOf(await index('a\tb\n1\t2\n', {}, 'memory:t.tsv'))).toEqual({ a: 'Int64', b: 'Int64' });
  });

  it.each([[{ sep: '::' }], [{ sep: '\n' }], [{ sep: 'é' }], [{ header: 3 }], [{ names: 'a' }], [{ nrows: 5 }]])('%j is refused', async (parameters) => {
    await expect(index('a\n1\n', parameters)).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('rows and columns that do not match', () => {
  it.each([
    ['an empty file', ''],
    ['blank lines alone', '\n \n'],
    ['a row that is too long', 'a,b\n1,2\n1,2,3\n'],
    ['an open quote', 'a\n"1\n'],
  ])('%s is refused', async (_, text) => {
    await expect(index(text)).rejects.toMatchObject({ code: 'gone' });
  });

  it('ignores a delimiter at the end of lines', async () => {
    expect(typesOf(await index('a,b\n1,2,\n3,4,\n'))).toEqual({ a: 'Int64', b: 'Int64' });
  });

  it('gives a column of row names without a name of its own one', async () => {
    expect(typesOf(await index('a,b\nr1,1,2\nr2,3,4\n'))).toEqual({ 'Unnamed: 0': 'Utf8', a: 'Int64', b: 'Int64' });
  });

  it('has a partition without rows if there are none', async () => {
    expect(manifestOf(await index('a,b\n')).partitions).toEqual([{ uri: 'memory:t.csv', byteOffset: 4, byteLength: 0, rowCount: 0 }]);
  });
});

it('names columns as pandas does', () => {
  expect(columnNames(['a', 'a', 'a.1', '', 'a', ''])).toEqual(['a', 'a.2', 'a.1', 'Unnamed: 3', 'a.3', 'Unnamed: 5']);
});
