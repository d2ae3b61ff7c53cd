import { closeParquet, describeParquet, makeBatch, readParquet, timestampColumn, type Data, type RecordBatch } from '@tessera/arrow';
import { Decimal, DenseUnion, Field, Int32, Interval, Null, Schema, Type, makeData, type DataType } from 'apache-arrow';
import { resolveTableExporter } from '../../registry.ts';
import { pieceByteLength } from '../cut-pieces.ts';
import { closeParquetWriter } from './parquet-write-thread.ts';

const mediaType = 'application/x-parquet';

afterAll(async () => {
  await closeParquetWriter();
  await closeParquet();
});

async function write(batches: readonly RecordBatch[], schema: Schema = batches[0]!.schema): Promise<Uint8Array[]> {
  const exporter = await resolveTableExporter(mediaType);
  return Array.fromAsync(exporter.export({ schema, batches: (async function* () { yield* batches; })() }, { mediaType }));
}

async function readBack(pieces: readonly Uint8Array[]) {
  const bytes = Buffer.concat(pieces);
  const source = { byteLength: bytes.byteLength, read: async (start: number, byteLength: number) => bytes.subarray(start, start + byteLength) };
  const { schema, rowGroups } = await describeParquet(source);
  const batches = await Array.fromAsync(readParquet(source, { rowGroups: rowGroups.map((_, i) => i), batchRowCount: 65_536 }));
  return { schema, rowGroups, rows: batches.flatMap((batch) => batch.toArray().map((row) => row.toJSON())) };
}

const dataOf = (type: DataType, data: object, length: number) => makeData({ type, length, nullCount: 0, data } as never) as Data;

it('writes what is read back', async () => {
  const batch = makeBatch({ a: BigInt64Array.of(1n, -2n, 2n ** 62n), b: ['x', null, 'ü'], c: Float64Array.of(0.1, NaN, -0), 'ä"': [true, null, false] }, new Map([['pandas', '{}']]));
  const { schema, rows } = await readBack(await write([batch, batch]));
  expect(schema.metadata.get('pandas')).toBe('{}');
  const expected = batch.toArray().map((row) => row.toJSON());
  expect(rows).toEqual([...expected, ...expected]);
});

it('has no rows if there are none', async () => {
  const empty = makeBatch({ a: new Int8Array(0), b: [] });
  for (const batches of [[], [empty]]) {
    const { schema, rows } = await readBack(await write(batches, empty.schema));
    expect(schema.fields.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(rows).toEqual([]);
  }
});

it('counts seconds in milliseconds, tens as units, and writes intervals out', async () => {
  const bytes = new DataView(new ArrayBuffer(16));
  bytes.setInt32(0, 1, true);
  bytes.setInt32(4, -2, true);
  bytes.setBigInt64(8, -1_500_000_000n, true);
  const interval = dataOf(new Interval(2), new Int32Array(bytes.buffer), 1);
  const batch = makeBatch({
    t: timestampColumn(BigInt64Array.of(-1n), 's', 'Europe/Berlin'),
    d: dataOf(new Decimal(-2, 6, 128), Uint32Array.of(0xffff_fffb, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff), 1),
    i: interval,
  });
  const { schema, rows } = await readBack(await write([batch]));
  expect(schema.fields.map(({ type }) => String(type))).toEqual(['Timestamp<MILLISECOND, Europe/Berlin>', 'Decimal[8e0]', 'Utf8']);
  expect(schema.fields[1]!.type.typeId).toBe(Type.Decimal);
  expect(rows[0]).toMatchObject({ t: -1000, i: 'P1M-2DT-1.500S' });
  expect(BigInt(String(rows[0]!['d']))).toBe(-500n);
});

it('takes parts of batches, columns of nulls among them', async () => {
  const nulls = makeData({ type: new Null(), length: 5 } as never) as Data;
  const batch = makeBatch({ n: nulls, a: ['a', null, 'c', 'd', 'e'], b: [true, null, false, true, null] });
  const { rows } = await readBack(await write([batch.slice(1, 4), batch.slice(4)]));
  expect(rows).toEqual([{ n: null, a: null, b: null }, { n: null, a: 'c', b: false }, { n: null, a: 'd', b: true }, { n: null, a: 'e', b: null }]);
});

it('refuses what Parquet has not, before the first byte', async () => {
  const union = new DenseUnion([0], [new Field('a', new Int32())]);
  await expect(write([], new Schema([new Field('u', union)]))).rejects.toMatchObject({ code: 'not_acceptable' });
  await expect(write([], new Schema([]))).rejects.toMatchObject({ code: 'not_acceptable' });
});

it('leaves in small pieces, row group by row group, while the table is being read', async () => {
  let state = 1;
  const values = Float64Array.from({ length: 65_536 }, () => (state = Math.imul(state, 1664525) + 1013904223));
  let taken = 0;
  let isOver = false;
  const batches = (async function* () {
    try {
      for (; taken < 8; taken++) yield makeBatch({ x: values });
    } finally {
      isOver = true;
    }
  })();
  const exporter = await resolveTableExporter(mediaType);
  const iterator = exporter.export({ schema: makeBatch({ x: values }).schema, batches }, { mediaType })[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [(await iterator.next()).value as Uint8Array, (await iterator.next()).value as Uint8Array];
  expect(taken).toBeLessThan(6);
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) pieces.push(next.value);
  expect(isOver).toBe(true);
  expect(Math.max(...pieces.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(pieceByteLength);
  const { rowGroups } = await readBack(pieces);
  expect(rowGroups.map(({ rowCount }) => rowCount)).toEqual([131_072, 131_072, 131_072, 131_072]);
});

it('ends with the error of the table, and writes the next one', async () => {
  const batch = makeBatch({ x: new Float64Array(200_000) });
  const failing = (async function* () {
    yield batch;
    throw new Error('torn');
  })();
  const exporter = await resolveTableExporter(mediaType);
  await expect(Array.fromAsync(exporter.export({ schema: batch.schema, batches: failing }, { mediaType }))).rejects.toThrow('torn');
  expect((await readBack(await write([makeBatch({ a: Int8Array.of(1) })]))).rows).toEqual([{ a: 1 }]);
});

it('stops when nobody takes the rest', async () => {
  let isOver = false;
  const batch = makeBatch({ x: new Float64Array(140_000) });
  const batches = (async function* () {
    try {
      for (;;) yield batch;
    } finally {
      isOver = true;
    }
  })();
  const exporter = await resolveTableExporter(mediaType);
  const iterator = exporter.export({ schema: batch.schema, batches }, { mediaType })[Symbol.asyncIterator]();
  await iterator.next();
  await iterator.return!();
  expect(isOver).toBe(true);
});
