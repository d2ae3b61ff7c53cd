import { Float64, Int32, RecordBatch, RecordBatchFileWriter, Struct, Table, Utf8, makeData, tableFromIPC, vectorFromArray, type Data, Dictionary, Field, Schema } from 'apache-arrow';
import { makeBatch } from '../batch/make-batch.ts';
import { selectColumns } from '../batch/select-columns.ts';
import { loadBatch } from './load-batch.ts';
import { parseMessage, readMessagePrefix } from './message.ts';
import { decodeSchemaMessage } from './schema-message.ts';
import { readIpcFileLayout, readBlockHeader } from './file-layout.ts';
import { readIpcStream } from './read-stream.ts';
import { writeIpcFile, writeIpcStream } from './write-ipc.ts';

const batch = (start: number, count: number) => makeBatch({
  i: Int32Array.from({ length: count }, (_, k) => start + k),
  f: Float64Array.from({ length: count }, (_, k) => (start + k) / 2),
  s: Array.from({ length: count }, (_, k) => (k % 3 === 0 ? null : `row ${start + k}`)),
  b: Array.from({ length: count }, (_, k) => (k % 2 === 0 ? true : null)),
});

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function write(kind: typeof writeIpcFile, batches: readonly RecordBatch[], schema = batch(0, 4).schema): Promise<{ pieces: Uint8Array[]; bytes: Buffer }> {
  const pieces = await Array.fromAsync(kind(schema, each(batches)));
  return { pieces, bytes: Buffer.concat(pieces) };
}

it('writes files and streams that read back', async () => {
  for (const kind of [writeIpcFile, writeIpcStream]) {
    const { bytes } = await write(kind, [batch(0, 10), batch(10, 5)]);
    expect(tableFromIPC(bytes).toArray().map(String)).toEqual(new Table([batch(0, 10), batch(10, 5)]).toArray().map(String));
  }
});

it('writes a file without rows, and leaves out empty batches', async () => {
  const { bytes } = await write(writeIpcFile, []);
  expect(bytes.subarray(0, 6).toString()).toBe('ARROW1');
  expect(tableFromIPC(bytes).numRows).toBe(0);
  expect((await readIpcFileLayout(bytes.byteLength, async (at, n) => bytes.subarray(at, at + n))).batches).toHaveLength(0);
  const withEmpty = await write(writeIpcFile, [batch(0, 0), batch(0, 3)]);
  expect(tableFromIPC(withEmpty.bytes).batches).toHaveLength(1);
});

it('reads a file whose schema is only in its footer', async () => {
  const { schema } = batch(0, 1);
  const bytes = RecordBatchFileWriter.writeAll([batch(0, 4)]).toUint8Array(true);
  const layout = await readIpcFileLayout(bytes.byteLength, async (at, n) => bytes.subarray(at, at + n));
  expect(decodeSchemaMessage(layout.schema).toString()).toBe(schema.toString());
  expect(layout.batches).toHaveLength(1);
});

it('hands out pieces of at most 256 KiB, and not many small ones', async () => {
  const large = makeBatch({ x: new Float64Array(500_000) });
  const { pieces } = await write(writeIpcFile, [large, large], large.schema);
  expect(Math.max(...pieces.map((piece) => piece.byteLength))).toBeLessThanOrEqual(2 ** 18);
  expect(pieces.length).toBeLessThan(40);
});

it('takes the next batch only when the last is out', async () => {
  let taken = 0;
  const batches = (async function* () {
    for (; taken < 5; ) {
      taken++;
      yield batch(0, 10);
    }
  })();
  const pieces = writeIpcStream(batch(0, 1).schema, batches);
  await pieces.next();
  expect(taken).toBe(0);
  await pieces.next();
  expect(taken).toBe(1);
  await pieces.return(undefined);
});

it('refuses a batch that does not fit the schema', async () => {
  await expect(write(writeIpcFile, [makeBatch({ other: new Int32Array(2) })])).rejects.toMatchObject({ code: 'internal' });
});

it('writes changing dictionaries to a stream, and says why a file cannot have them', async () => {
  const type = new Dictionary(new Utf8(), new Int32(), 1);
  const schema = new Schema([new Field('d', type, true)]);
  const of = (values: string[]) => {
    const data = makeData({ type, length: 2, nullCount: 0, data: Int32Array.of(0, 1), dictionary: vectorFromArray(values, new Utf8()) } as never) as Data;
    return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: 2, nullCount: 0, children: [data] }));
  };
  const batches = [of(['a', 'b']), of(['c', 'd'])];
  const { bytes } = await write(writeIpcStream, batches, schema);
  const read = await readIpcStream(bytes);
  expect(read.batches.flatMap((b) => b.toArray().map((row) => row.d))).toEqual(['a', 'b', 'c', 'd']);
  await expect(write(writeIpcFile, batches, schema)).rejects.toMatchObject({ code: 'not_acceptable' });
});

describe('loading', () => {
  async function encodedBatch() {
    const count = 50_000;
    const { bytes } = await write(writeIpcFile, [batch(0, count)]);
    const reads: [number, number][] = [];
    const read = async (at: number, n: number) => {
      reads.push([at, n]);
      return bytes.subarray(at, at + n);
    };
    const layout = await readIpcFileLayout(bytes.byteLength, read);
    const block = layout.batches[0]!;
    const { batch: header, metadataVersion } = await readBlockHeader(block, read);
    reads.length = 0;
    const readBody = (at: number, n: number) => read(block.byteOffset + block.headerByteLength + at, n);
    return { header, metadataVersion, readBody, reads, bodyByteLength: block.bodyByteLength, count };
  }

  it('reads only the bytes of the columns wanted, in the order wanted', async () => {
    const { reads, bodyByteLength, count, ...encoded } = await encodedBatch();
    const loaded = await loadBatch(batch(0, 1).schema, encoded, new Map(), [3, 0]);
    expect(loaded.schema.fields.map((field) => field.name)).toEqual(['b', 'i']);
    expect(loaded.toArray().map(String)).toEqual(selectColumns(batch(0, count), [3, 0]).toArray().map(String));
    const byteLength = reads.reduce((sum, [, n]) => sum + n, 0);
    expect(byteLength).toBeLessThan(bodyByteLength / 3);
  });

  it('reads the body once if all of it is wanted', async () => {
    const { reads, bodyByteLength, ...encoded } = await encodedBatch();
    await loadBatch(batch(0, 1).schema, encoded, new Map());
    expect(reads).toHaveLength(1);
    expect(reads[0]![1]).toBeLessThanOrEqual(bodyByteLength);
  });

  it('refuses lengths and offsets that lead outside', async () => {
    const { schema } = makeBatch({ s: ['ab', 'cd'] });
    const load = (rowCount: number, length: number, offsets: number[], text = 4) => {
      const body = Buffer.concat([Buffer.from(Int32Array.from(offsets).buffer), Buffer.alloc(24 - offsets.length * 4), Buffer.alloc(8, 'x')]);
      const header = { rowCount, nodes: [{ length, nullCount: 0 }], buffers: [{ byteOffset: 0, byteLength: 0 }, { byteOffset: 0, byteLength: offsets.length * 4 }, { byteOffset: 24, byteLength: text }], viewBufferCounts: [] };
      return loadBatch(schema, { header, metadataVersion: 4, readBody: (at, n) => body.subarray(at, at + n) }, new Map());
    };
    await expect(load(2, 2, [0, 2, 4])).resolves.toMatchObject({ numRows: 2 });
    for (const bad of [() => load(2, 2, [0, 2, 5]), () => load(2, 2, [0, 3, 2]), () => load(2, 2, [-1, 0, 0]), () => load(3, 2, [0, 2, 4]), () => load(3, 3, [0, 2, 4]), () => load(2, 2, [0, 2, 4], 3)]) {
      await expect(bad()).rejects.toMatchObject({ code: 'gone' });
    }
  });
});

it('bounds what the header of a message claims', async () => {
  const { bytes } = await write(writeIpcStream, [batch(0, 4)]);
  const prefix = readMessagePrefix(bytes)!;
  const next = prefix.prefixByteLength + prefix.headerByteLength;
  const { headerByteLength } = readMessagePrefix(bytes, next)!;
  const message = parseMessage(bytes.subarray(next + 8, next + 8 + headerByteLength));
  expect(message).toMatchObject({ kind: 'batch', batch: { rowCount: 4, nodes: [{ length: 4 }, { length: 4 }, { length: 4, nullCount: 2 }, { length: 4, nullCount: 2 }] } });
  const huge = Buffer.from(bytes);
  huge.writeInt32LE(2 ** 30, next + 4);
  await expect(readIpcStream(huge)).rejects.toMatchObject({ code: 'gone' });
  await expect(readIpcStream(bytes.subarray(0, bytes.byteLength - 40))).rejects.toMatchObject({ code: 'gone' });
});

it('has Float64 and Utf8 where JavaScript values were given', () => {
  expect(batch(0, 1).schema.fields[1]!.type).toBeInstanceOf(Float64);
  expect(batch(0, 1).schema.fields[2]!.type).toBeInstanceOf(Utf8);
});
