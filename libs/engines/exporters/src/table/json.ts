// JSON by columns: {"a":[1,2],"b":["x",null]}. Rows come in batches of all columns, so of a short table the columns wait
// in memory while the first is sent, and a long one is read column by column.
import { TesseraError } from '@tessera/domain';
import type { RecordBatch } from '@tessera/arrow';
import type { TableExporter, TableSource } from '../exporter.ts';
import { cellWriter } from './cell-writer.ts';
import { jsonFormat } from './json-format.ts';
import { TextSink, wellFormed } from './text-sink.ts';
import { uniqueNames } from './unique-names.ts';

/** What columns that wait may take; and what they may where they cannot be read again. */
const waitingByteLength = 16 * 2 ** 20;
const maxByteLength = 256 * 2 ** 20;
/** Tables of more values are read column by column from the start. */
const fewCells = 500_000;

export const jsonExporter: TableExporter = { export: exportJson };

async function* exportJson(source: TableSource): AsyncGenerator<Uint8Array> {
  const keys = uniqueNames(source.schema.fields.map((field) => field.name ?? '')).map((name, i) => Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:[`, 'utf8'));
  if (keys.length === 0) yield Buffer.from('{}');
  const { column } = source;
  const isLong = (source.rowCount ?? 0) * keys.length > fewCells;
  const waiting = column && isLong ? undefined : new WaitingColumns(keys.length, column !== undefined);
  for (const [i, key] of keys.entries()) {
    yield key;
    const texts = waiting?.take(i);
    if (waiting && i === 0) yield* writeFirst(source.batches, waiting);
    else if (texts) yield* texts;
    else for await (const piece of writeColumn(column!(i))) yield piece;
    yield Buffer.from(i === keys.length - 1 ? ']}' : ']');
  }
}

/** One column of batches that have no other. */
async function* writeColumn(batches: AsyncIterable<RecordBatch>): AsyncGenerator<Uint8Array> {
  const sink = new TextSink();
  let isFirst = true;
  for await (const batch of batches) {
    yield* writeValues(batch, 0, sink, isFirst);
    if (batch.numRows > 0) isFirst = false;
  }
  yield* sink.take();
}

/** The first column, while the others are put aside. */
async function* writeFirst(batches: AsyncIterable<RecordBatch>, waiting: WaitingColumns): AsyncGenerator<Uint8Array> {
  const sink = new TextSink();
  let isFirst = true;
  for await (const batch of batches) {
    yield* writeValues(batch, 0, sink, isFirst);
    waiting.add(batch, isFirst);
    if (batch.numRows > 0) isFirst = false;
  }
  yield* sink.take();
}

function* writeValues(batch: RecordBatch, column: number, sink: TextSink, isFirst: boolean): Generator<Uint8Array> {
  const write = cellWriter(batch.data.children[column]!, sink, jsonFormat);
  for (let row = 0; row < batch.numRows; row++) {
    if (row > 0 || !isFirst) sink.byte(44);
    write(row);
    if (sink.isFull) yield* sink.take();
  }
}

/** Columns after the first, as text. If that becomes too much, the last ones are given up, to be read again. */
class WaitingColumns {
  readonly #texts: (Uint8Array[] | undefined)[];
  readonly #canGiveUp: boolean;
  readonly #sink = new TextSink();
  #byteLength = 0;
  #end: number;

  constructor(count: number, canGiveUp: boolean) {
    this.#texts = Array.from({ length: count }, () => []);
    this.#end = count;
    this.#canGiveUp = canGiveUp;
  }

  add(batch: RecordBatch, isFirst: boolean): void {
    for (let i = 1; i < this.#end; i++) {
      for (const piece of writeValues(batch, i, this.#sink, isFirst)) this.#keep(i, piece);
      this.#keep(i, wellFormed(Buffer.from(this.#sink.reuse())));
    }
  }

  #keep(column: number, piece: Uint8Array): void {
    this.#texts[column]?.push(piece);
    if (column < this.#end) this.#byteLength += piece.byteLength;
    while (this.#canGiveUp && this.#byteLength > waitingByteLength && this.#end > 1) {
      this.#end--;
      for (const { byteLength } of this.#texts[this.#end]!) this.#byteLength -= byteLength;
      this.#texts[this.#end] = undefined;
    }
    if (this.#byteLength > maxByteLength) {
      throw new TesseraError('too_large', `This table is more than ${maxByteLength / 2 ** 20} MiB of JSON. Ask for fewer columns or one partition, for application/json-seq, or for Arrow.`);
    }
  }

  /** The text of a column, once; undefined if it was given up. */
  take(column: number): Uint8Array[] | undefined {
    return this.#texts[column];
  }
}
