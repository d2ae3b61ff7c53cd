import { readFileSync } from 'node:fs';
import type { RecordBatch } from 'apache-arrow';
import { closeParquet, describeParquet, readParquet } from './read-parquet.ts';

const fixture = (name: string) => readFileSync(new URL(`../../../../../fixtures/parquet/${name}`, import.meta.url));
const groups = fixture('groups.parquet');

afterAll(() => closeParquet());

function sourceOf(bytes: Uint8Array) {
  const reads: [number, number][] = [];
  const read = async (at: number, n: number) => {
    reads.push([at, n]);
    return bytes.subarray(at, at + n);
  };
  return { byteLength: bytes.byteLength, read, reads };
}

const rowsOf = async (batches: AsyncIterable<RecordBatch>) => (await Array.fromAsync(batches)).flatMap((batch) => batch.toArray().map((row) => row.toJSON()));

it('tells schema and row groups from the footer', async () => {
  const { schema, rowGroups } = await describeParquet(sourceOf(groups));
  expect(schema.fields.map((field) => `${field.name}: ${field.type}`)).toEqual(['i: Int64', 'a.b: Float64', 'ab: Utf8', 'list: List<Int64>']);
  expect(rowGroups.map((group) => group.rowCount)).toEqual([300, 300, 300, 100]);
});

it('reads columns of one row group, in batches, and nothing else of the file', async () => {
  const source = sourceOf(groups);
  const batches = await Array.fromAsync(readParquet(source, { rowGroups: [1], columns: ['i', 'a.b'], batchRowCount: 128 }));
  expect(batches.map((batch) => batch.numRows)).toEqual([128, 128, 44]);
  expect(batches[0]!.get(0)!.toJSON()).toEqual({ i: 300n, 'a.b': 150 });
  expect(source.reads.reduce((sum, [, n]) => sum + n, 0)).toBeLessThan(groups.byteLength * 0.6);
});

it('stops when the reader does', async () => {
  for await (const batch of readParquet(sourceOf(groups), { rowGroups: [0, 1, 2, 3], batchRowCount: 100 })) {
    expect(batch.numRows).toBe(100);
    break;
  }
  expect(await rowsOf(readParquet(sourceOf(groups), { rowGroups: [3], columns: ['ab'], batchRowCount: 1000 }))).toHaveLength(100);
});

it('passes on why the bytes could not be read', async () => {
  const failure = Object.assign(new Error('no'), { isTesseraError: true, code: 'unavailable' });
  const source = { byteLength: groups.byteLength, read: async (at: number, n: number) => { if (n > 100) throw failure; return groups.subarray(at, at + n); } };
  await expect(describeParquet(source)).rejects.toBe(failure);
});

it('stops reading for a caller who went away', async () => {
  const controller = new AbortController();
  const batches = readParquet(sourceOf(groups), { rowGroups: [0, 1], batchRowCount: 10 }, { signal: controller.signal });
  await batches.next();
  controller.abort();
  await expect(batches.next()).rejects.toMatchObject({ code: 'cancelled' });
});

describe('when the decoder panics', () => {
  // A row group that is not there makes it panic where nobody can catch it.
  const panic = () => rowsOf(readParquet(sourceOf(groups), { rowGroups: [99], batchRowCount: 100 }));

  it('that file is damaged, and the next is read', async () => {
    await expect(panic()).rejects.toMatchObject({ code: 'gone' });
    expect(await rowsOf(readParquet(sourceOf(groups), { rowGroups: [0], columns: ['i'], batchRowCount: 1000 }))).toHaveLength(300);
  });

  it('others that are being read go on where they were', async () => {
    const batches = readParquet(sourceOf(groups), { rowGroups: [0, 1, 2, 3], columns: ['i'], batchRowCount: 100 });
    const first = await batches.next();
    await expect(panic()).rejects.toMatchObject({ code: 'gone' });
    const rest = await rowsOf(batches);
    const rows = [...(first.value as RecordBatch).toArray().map((row) => row.toJSON()), ...rest];
    expect(rows.map((row) => Number(row['i']))).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });
});

it.each([
  ['nothing', new Uint8Array(0)],
  ['a few bytes', Buffer.from('PAR1PAR1')],
  ['another format', Buffer.alloc(100, 'x')],
  ['a file without an end', groups.subarray(0, 5000)],
  ['a footer longer than the file', Buffer.concat([groups.subarray(0, 50), Buffer.from([0xff, 0xff, 0xff, 0x7f]), Buffer.from('PAR1')])],
])('refuses %s', async (_, bytes) => {
  await expect(describeParquet(sourceOf(bytes))).rejects.toMatchObject({ code: 'gone' });
});
