import { inflateRawSync, crc32 } from 'node:zlib';
import { makeBatch, timestampColumn, type ColumnValues, type Data, type RecordBatch } from '@tessera/arrow';
import { DateDay, TimeMillisecond, DurationSecond, Decimal, makeData, type DataType } from 'apache-arrow';
import type { TableSource } from '../../exporter.ts';
import { resolveTableExporter } from '../../registry.ts';
import { pieceByteLength } from '../cut-pieces.ts';

const mediaType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

async function write(batches: readonly RecordBatch[], more: Partial<TableSource> = {}): Promise<Uint8Array[]> {
  const exporter = await resolveTableExporter(mediaType);
  return Array.fromAsync(exporter.export({ schema: batches[0]!.schema, batches: (async function* () { yield* batches; })(), ...more }, { mediaType }));
}

/** The last member, by the directory at the end. */
function sheetOf(pieces: readonly Uint8Array[]): string {
  const bytes = Buffer.concat(pieces);
  const end = bytes.byteLength - 22;
  expect(bytes.readUInt32LE(end)).toBe(0x06054b50);
  let at = bytes.readUInt32LE(end + 16);
  for (let count = bytes.readUInt16LE(end + 10); count > 1; count--) at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30);
  const start = bytes.readUInt32LE(at + 42);
  const data = start + 30 + bytes.readUInt16LE(start + 26);
  const sheet = inflateRawSync(bytes.subarray(data, data + bytes.readUInt32LE(at + 20)));
  expect(sheet.byteLength).toBe(bytes.readUInt32LE(at + 24));
  expect(crc32(sheet)).toBe(bytes.readUInt32LE(at + 16));
  return sheet.toString('utf8');
}

async function rows(columns: Record<string, ColumnValues>): Promise<string[]> {
  return sheetOf(await write([makeBatch(columns)])).split('<row>').slice(2).map((row) => row.replace(/<\/row>.*/s, ''));
}

const dataOf = (type: DataType, data: object, length: number) => makeData({ type, length, nullCount: 0, data } as never) as Data;
const textCell = (text: string) => `<c t="inlineStr"><is><t xml:space="preserve">${text}</t></is></c>`;

it('has numbers, truth values and nothing where nothing is', async () => {
  expect(await rows({ a: Int32Array.of(1, -2), b: Float64Array.of(0.1, NaN), c: [true, null], d: ['x', null] })).toEqual([
    `<c><v>1</v></c><c><v>0.1</v></c><c t="b"><v>1</v></c>${textCell('x')}`, '<c><v>-2</v></c><c/><c/><c/>',
  ]);
});

it('has as text what spreadsheets would round or do not know', async () => {
  const [row] = await rows({ a: BigInt64Array.of(9_007_199_254_740_993n), b: Float64Array.of(-Infinity), c: dataOf(new Decimal(2, 20, 128), Uint32Array.of(0xffff_ffff, 0xffff_ffff, 0, 0), 1) });
  expect(row).toBe(textCell('9007199254740993') + textCell('-inf') + textCell('184467440737095516.15'));
});

it('has dates and times in types of their own, from March 1900 on', async () => {
  const day = 86_400_000n;
  expect(await rows({ d: dataOf(new DateDay(), Int32Array.of(18_321, -25_509), 2), t: timestampColumn(BigInt64Array.of(18_321n * day + 1500n, -25_509n * day), 'ms') })).toEqual([
    '<c s="1"><v>43890</v></c><c s="3"><v>43890.00001736111</v></c>', `${textCell('1900-02-28')}${textCell('1900-02-28 00:00:00.000')}`,
  ]);
  expect(await rows({ t: dataOf(new TimeMillisecond(), Int32Array.of(43_200_000), 1), d: dataOf(new DurationSecond(), BigInt64Array.of(-86_400n), 1) })).toEqual(['<c s="4"><v>0.5</v></c><c s="5"><v>-1</v></c>']);
  expect(await rows({ t: timestampColumn(BigInt64Array.of(0n), 's', 'Asia/Kolkata') })).toEqual([textCell('1970-01-01 05:30:00+05:30')]);
});

it('escapes what XML cannot have, and ends what is too long with an ellipsis', async () => {
  const [first, second] = await rows({ a: ['<&>"\0\r\t_x0041_\uffff 日本', 'ü'.repeat(40_000)] });
  expect(first).toBe(textCell('&lt;&amp;&gt;&quot;_x0000__x000D_\t_x005F_x0041__xFFFF_ 日本'));
  expect(second).toBe(textCell(`${'ü'.repeat(32_766)}…`));
});

it('refuses tables that no sheet holds, before the first byte', async () => {
  const batch = makeBatch({ a: new Int8Array(1) });
  await expect(write([batch], { rowCount: 1_048_576 })).rejects.toMatchObject({ code: 'not_acceptable' });
  const wide = makeBatch(Object.fromEntries(Array.from({ length: 16_385 }, (_, i) => [`c${i}`, new Int8Array(1)])));
  await expect(write([wide])).rejects.toMatchObject({ code: 'not_acceptable' });
  await expect(write([makeBatch(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`c${i}`, new Int8Array(1)])))], { rowCount: 1_000_000 })).rejects.toMatchObject({ code: 'not_acceptable' });
});

it('counts the rows that a filter leaves, if there could be too many', async () => {
  const batch = makeBatch({ a: new Int8Array(600_000) });
  const column = (count: number) => async function* () {
    for (let i = 0; i < count; i++) yield batch;
  };
  expect(sheetOf(await write([makeBatch({ a: Int8Array.of(7) })], { rowCount: 2_000_000, isFiltered: true, column: column(1) }))).toContain('<c><v>7</v></c>');
  await expect(write([batch], { rowCount: 2_000_000, isFiltered: true, column: column(2) })).rejects.toMatchObject({ code: 'not_acceptable' });
});

it('leaves in small pieces while the table is being read, and stops when nobody takes them', async () => {
  let state = 1;
  const values = Float64Array.from({ length: 20_000 }, () => (state = Math.imul(state, 1664525) + 1013904223) / 7);
  let taken = 0;
  let isOver = false;
  const batches = (async function* () {
    try {
      for (; taken < 50; taken++) yield makeBatch({ x: values });
    } finally {
      isOver = true;
    }
  })();
  const exporter = await resolveTableExporter(mediaType);
  const pieces = exporter.export({ schema: makeBatch({ x: values }).schema, batches }, { mediaType })[Symbol.asyncIterator]();
  let byteLength = 0;
  while (byteLength < 300_000) {
    const { value } = (await pieces.next()) as { value: Uint8Array };
    expect(value.byteLength).toBeLessThanOrEqual(pieceByteLength);
    byteLength += value.byteLength;
  }
  expect(taken).toBeLessThan(20);
  await pieces.return!();
  expect(isOver).toBe(true);
});
