import { TesseraError, type ByteStore, type TableManifest } from '@tessera/domain';
import { encodeSchemaMessage, makeBatch } from '@tessera/arrow';
import { openTable } from './open-table.ts';
import { resolveTableDecoder } from './registry.ts';

const text = 'a,b\n1,x\n2,\n3,"y\nz"\n4,w\n';
const bytes = new TextEncoder().encode(text);
const schema = makeBatch({ a: new BigInt64Array(1), b: [null] }).schema;

const manifest: TableManifest = {
  kind: 'table',
  schema: encodeSchemaMessage(schema),
  partitions: [
    { uri: 'memory:t.csv', byteOffset: 4, byteLength: 7, rowCount: 2 },
    { uri: 'memory:t.csv', byteOffset: 11, byteLength: 12, rowCount: 2 },
  ],
  decoder: { name: 'csv', configuration: { delimiter: ',', encoding: 'utf-8', types: ['int64', 'utf8'] } },
  sources: [{ uri: 'memory:t.csv', byteLength: bytes.byteLength }],
};

function storeOf(content: Uint8Array | undefined, reads: unknown[] = []): ByteStore {
  return {
    read: async (_uri, range) => {
      reads.push(range);
      return content?.subarray(range!.byteOffset, range!.byteOffset + range!.byteLength!);
    },
    stat: async () => undefined,
    list: () => {
      throw new TesseraError('internal', 'Nothing is listed here.');
    },
  };
}

const rows = async (table: ReturnType<typeof openTable>, selection?: Parameters<typeof table.batches>[0]) =>
  (await Array.fromAsync(table.batches(selection))).flatMap((batch) => batch.toArray().map((row) => row.toJSON()));

it('reads all partitions in order', async () => {
  expect(await rows(openTable(manifest, storeOf(bytes)))).toEqual([{ a: 1n, b: 'x' }, { a: 2n, b: null }, { a: 3n, b: 'y\nz' }, { a: 4n, b: 'w' }]);
});

it('reads one partition by its range, with columns in the order asked for', async () => {
  const reads: unknown[] = [];
  const table = openTable(manifest, storeOf(bytes, reads));
  expect(table.schemaOf(['b', 'a']).fields.map((field) => field.name)).toEqual(['b', 'a']);
  const batches = await Array.fromAsync(table.batches({ columns: ['b', 'a'], partitions: { start: 1, stop: 2 } }));
  expect(batches.map((batch) => batch.schema.fields.map((field) => field.name))).toEqual([['b', 'a']]);
  expect(reads).toEqual([{ byteOffset: 11, byteLength: 12 }]);
});

it('reads nothing before it is asked for rows', () => {
  const reads: unknown[] = [];
  openTable(manifest, storeOf(bytes, reads)).batches({ partitions: { start: 0, stop: 1 } });
  expect(reads).toEqual([]);
});

it('says at once what is wrong with a request', () => {
  const table = openTable(manifest, storeOf(bytes));
  expect(() => table.batches({ columns: ['a', 'nope'] })).toThrow(expect.objectContaining({ code: 'invalid_argument', message: 'No such field nope.' }));
  for (const start of [2, -1, 0.5, NaN]) {
    expect(() => table.batches({ partitions: { start, stop: start + 1 } })).toThrow(expect.objectContaining({ code: 'invalid_argument', message: 'Partition out of range' }));
  }
});

it('says that a file is gone, cut off, or not what it was', async () => {
  await expect(rows(openTable(manifest, storeOf(undefined)))).rejects.toMatchObject({ code: 'gone' });
  await expect(rows(openTable(manifest, storeOf(bytes.subarray(0, 15))))).rejects.toMatchObject({ code: 'gone' });
  const changed = new TextEncoder().encode(text.replace('\n2,', '\nx,'));
  await expect(rows(openTable(manifest, storeOf(changed)))).rejects.toMatchObject({ code: 'stale' });
  const fewer = new TextEncoder().encode(text.replace('1,x\n2,\n', '1,xxxx\n'));
  await expect(rows(openTable(manifest, storeOf(fewer)))).rejects.toMatchObject({ code: 'stale' });
});

it('stops for a caller who went away', async () => {
  const controller = new AbortController();
  controller.abort();
  await expect(Array.fromAsync(openTable(manifest, storeOf(bytes)).batches({}, { signal: controller.signal }))).rejects.toMatchObject({ code: 'cancelled' });
});

it('knows its decoders by name', async () => {
  for (const name of ['arrow', 'csv', 'parquet']) expect((await resolveTableDecoder(name)).name).toBe(name);
  expect(() => resolveTableDecoder('excel')).toThrow(expect.objectContaining({ code: 'unsupported' }));
});

it('hands out long partitions in batches', async () => {
  const count = 70_000;
  const long = new TextEncoder().encode(Array.from({ length: count }, (_, i) => `${i},row ${i}\n`).join(''));
  const table = openTable({ ...manifest, partitions: [{ uri: 'memory:t.csv', byteOffset: 0, byteLength: long.byteLength, rowCount: count }] }, storeOf(long));
  const batches = await Array.fromAsync(table.batches());
  expect(batches.map((batch) => batch.numRows)).toEqual([65_536, count - 65_536]);
  expect(batches[1]!.get(0)!.toJSON()).toEqual({ a: 65_536n, b: 'row 65536' });
});
