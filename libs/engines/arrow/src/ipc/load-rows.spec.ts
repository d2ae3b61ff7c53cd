import { Bool, Dictionary, Field, FixedSizeList, Int16, Int32, Int64, LargeUtf8, List, RecordBatch, Schema, Struct, Utf8, Utf8View, makeData, tableFromIPC, vectorFromArray, type DataType } from 'apache-arrow';
import fc from 'fast-check';
import { sliceBatch } from '../batch/select-columns.ts';
import { readBlockHeader, readIpcFileLayout } from './file-layout.ts';
import { loadDictionary } from './load-dictionary.ts';
import { loadRows } from './load-rows.ts';
import { writeIpcFile, writeIpcStream } from './write-ipc.ts';

const rowCount = 100;
const every = (count: number, value: (row: number) => unknown) => Array.from({ length: rowCount }, (_, row) => (row % count === 0 ? null : value(row)));
const columns: Record<string, [DataType, unknown[]]> = {
  int: [new Int64(), every(3, BigInt)],
  bool: [new Bool(), every(7, (row) => row % 2 === 0)],
  text: [new Utf8(), every(5, (row) => 'é'.repeat(row % 4))],
  large: [new LargeUtf8(), every(1000, (row) => `row ${row}`)],
  list: [new List(new Field('item', new Int32(), true)), every(4, (row) => Array.from({ length: row % 3 }, (_, i) => i + row))],
  pair: [new FixedSizeList(2, new Field('item', new Int16(), true)), every(6, (row) => [row, -row])],
  struct: [new Struct([new Field('x', new Int64(), true), new Field('y', new Utf8(), true)]), every(9, (row) => ({ x: BigInt(row), y: `${row}` }))],
  dictionary: [new Dictionary(new Utf8(), new Int32()), every(8, (row) => `v${row % 5}`)],
};

/** Views, short and long, of which some are missing. */
function views() {
  const texts = Array.from({ length: rowCount }, (_, row) => `row ${row} `.repeat(1 + (row % 4)));
  const long = Buffer.from(texts.join(''));
  const buffer = Buffer.alloc(rowCount * 16);
  const nullBitmap = new Uint8Array((rowCount + 7) >> 3);
  let at = 0;
  texts.forEach((text, row) => {
    buffer.writeInt32LE(text.length, row * 16);
    if (text.length <= 12) buffer.write(text, row * 16 + 4);
    else {
      buffer.write(text.slice(0, 4), row * 16 + 4);
      buffer.writeInt32LE(at, row * 16 + 12);
    }
    at += text.length;
    if (row % 5 !== 0) nullBitmap[row >> 3]! |= 1 << (row & 7);
  });
  return { data: makeData({ type: new Utf8View(), length: rowCount, nullCount: -1, nullBitmap, views: buffer, variadicBuffers: [long] } as never), texts: texts.map((text, row) => (row % 5 === 0 ? null : text)) };
}

const children = [...Object.values(columns).map(([type, values]) => vectorFromArray(values, type).data[0]!), views().data];
const schema = new Schema([...Object.keys(columns), 'view'].map((name, i) => new Field(name, children[i]!.type, true)));
const whole = new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rowCount, nullCount: 0, children }));
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? String(each) : each)));
const rowsOf = (batch: RecordBatch) => plain(batch.toArray());
const expectedOf = (start: number, stop: number) => (rowsOf(whole) as unknown[]).slice(start, stop);
const one = async function* (batch: RecordBatch) { yield batch; };

describe('rows of a batch', () => {
  it('are read by the bytes of theirs, of every layout', async () => {
    const file = Buffer.concat(await Array.fromAsync(writeIpcFile(schema, one(whole))));
    const read = async (at: number, n: number) => file.subarray(at, at + n);
    const layout = await readIpcFileLayout(file.byteLength, read);
    const stored = tableFromIPC(file).schema;
    const open = async (block: (typeof layout.batches)[number]) => {
      const message = await readBlockHeader(block, read);
      if (message.kind !== 'batch' && message.kind !== 'dictionary') throw new Error('It is no batch.');
      return { message, encoded: { header: message.batch, metadataVersion: message.metadataVersion, readBody: (at: number, n: number) => read(block.byteOffset + block.headerByteLength + at, n) } };
    };
    const dictionary = await open(layout.dictionaries[0]!);
    const id = (dictionary.message as { dictionaryId: number }).dictionaryId;
    const dictionaries = new Map([[id, await loadDictionary(stored, id, false, dictionary.encoded, new Map())]]);
    const { encoded } = await open(layout.batches[0]!);
    await fc.assert(fc.asyncProperty(fc.nat(rowCount - 1), fc.integer({ min: 1, max: rowCount }), async (start, count) => {
      const rows = { start, stop: Math.min(start + count, rowCount) };
      const batch = await loadRows(stored, encoded, dictionaries, stored.fields.map((_, i) => i), rows);
      expect(rowsOf(batch)).toEqual(expectedOf(rows.start, rows.stop));
    }));
  });

  it('leave as they are, cut anywhere', async () => {
    expect((rowsOf(whole) as { view: unknown }[]).map(({ view }) => view)).toEqual(views().texts);
    for (const [start, stop] of [[0, 100], [3, 50], [8, 9], [13, 100]] as const) {
      const stream = Buffer.concat(await Array.fromAsync(writeIpcStream(schema, one(sliceBatch(whole, start, stop)))));
      expect(plain(tableFromIPC(stream).toArray())).toEqual(expectedOf(start, stop));
    }
  });
});
