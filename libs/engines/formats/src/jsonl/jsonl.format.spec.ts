import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { tableFromIPC } from 'apache-arrow';
import type { ByteStore, IndexedNode, TableManifest } from '@tessera/domain';
import { decodeSchemaMessage, encodeSchemaMessage, jsonColumn } from '@tessera/arrow';
import { jsonlFormat } from './jsonl.format.ts';

async function index(content: string | Uint8Array, uri = 'memory:t.jsonl'): Promise<IndexedNode & { manifest: TableManifest }> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const store = { read: async (_uri: string, range: { byteOffset: number; byteLength: number }) => bytes.subarray(range.byteOffset, range.byteOffset + range.byteLength) } as unknown as ByteStore;
  const [node] = await Array.fromAsync(jsonlFormat.index({ uri, isDirectory: false, byteLength: bytes.byteLength, modifiedAtMs: 5 }, store, {}));
  return node as IndexedNode & { manifest: TableManifest };
}

const typesOf = ({ manifest }: { manifest: TableManifest }) => Object.fromEntries(decodeSchemaMessage(manifest.schema).fields.map((field) => [field.name, String(field.type)]));
const linesOf = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

it('describes a table', async () => {
  const node = await index('\ufeff{"a": 1, "b": [1.5]}\r\n\n{"c": {"d": "x"}}');
  expect(node).toMatchObject({ path: [], specs: [{ name: 'dataframe' }], structure: { family: 'table', table: { columns: ['a', 'b', 'c'], partitionCount: 1, rowCount: 2 } } });
  expect(node.manifest).toMatchObject({ decoder: { name: 'jsonl' }, partitions: [{ byteOffset: 3, byteLength: 40, rowCount: 2 }] });
  expect(typesOf(node)).toEqual({ a: 'Int64', b: 'List<Float64>', c: 'Struct<{d:Utf8}>' });
});

it.each<[unknown[], string]>([
  [[1, 2], 'Int64'], [[1, 2.5], 'Float64'], [[true, null], 'Bool'], [[true, 1], 'Utf8'], [[null], 'Null'], [[[1], ['x']], 'List<Utf8>'], [[[1], { a: 1 }], 'Utf8'],
  [[{}], 'Utf8'], [[{ a: 1 }, { b: [] }], 'Struct<{a:Int64, b:List<Null>}>'], [['2024-01-01'], 'Utf8'],
])('%j is %s', async (values, type) => {
  expect(typesOf(await index(linesOf(values.map((value) => ({ x: value })))))).toEqual({ x: type });
});

it('makes text of objects whose keys are data, and of what is nested deeply', async () => {
  expect(typesOf(await index(linesOf(Array.from({ length: 1001 }, (_, i) => ({ x: { [`k${i}`]: 1 } })))))).toEqual({ x: 'Utf8' });
  expect(typesOf(await index(`{"x": ${'['.repeat(1e5)}${']'.repeat(1e5)}}`))).toEqual({ x: expect.stringMatching(/^(List<){17}Utf8>{17}$/) });
});

it('cuts partitions between lines', async () => {
  const line = `${JSON.stringify({ a: 'x'.repeat(1000) })}\n`;
  const { manifest: { partitions } } = await index(line.repeat(20_000));
  expect(partitions.length).toBe(3);
  expect(partitions.map(({ byteOffset }) => byteOffset % line.length)).toEqual([0, 0, 0]);
  expect(partitions.reduce((sum, { rowCount }) => sum + rowCount, 0)).toBe(20_000);
  expect((await index(gzipSync(line.repeat(20_000)), 'memory:t.jsonl.gz')).manifest.partitions).toMatchObject([{ rowCount: 20_000, byteOffset: 0, detail: { gzip: { byteOffset: 0 } } }]);
});

it.each([['', /no columns/], ['\n{}\n', /no columns/], ['[1]\n', /line 1/], ['{"a": 1}\n1\n', /line 2/], ['{"a": 1}\n{"a": \n', /line 2/], ['{"a": NaN}', /line 1/]])('refuses %j', async (text, message) => {
  await expect(index(text)).rejects.toMatchObject({ code: 'gone', message: expect.stringMatching(message) });
});

it('refuses what is no UTF-8, too long a line and too many columns', async () => {
  await expect(index(Buffer.from('{"a": "\xe9"}', 'latin1'))).rejects.toMatchObject({ code: 'gone' });
  await expect(index(`{"a": "${'x'.repeat(9 * 2 ** 20)}"}`)).rejects.toMatchObject({ code: 'gone' });
  await expect(index(linesOf(Array.from({ length: 10_001 }, (_, i) => ({ [`k${i}`]: 1 }))))).rejects.toMatchObject({ code: 'gone' });
});

it('finds types that hold every value', async () => {
  const scalar = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string());
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalar, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('value'), { maxKeys: 3 })),
  }));
  await fc.assert(fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 6 }), async (values) => {
    const { manifest } = await index(linesOf(values.map((x) => ({ x }))));
    const { type } = decodeSchemaMessage(manifest.schema).fields[0]!;
    const data = jsonColumn(type, values);
    expect([data.length, String(data.type)]).toEqual([values.length, String(type)]);
    expect(tableFromIPC(encodeSchemaMessage(decodeSchemaMessage(manifest.schema))).schema.fields[0]!.name).toBe('x');
  }));
});
