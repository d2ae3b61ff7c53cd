// Arrow IPC on its way out, uncompressed: compressed bodies of apache-arrow 21 are rejected by pyarrow.
import { TesseraError } from '@tessera/domain';
import { Message, RecordBatch, RecordBatchFileWriter, RecordBatchStreamWriter, Type, makeData, type Data, type DataType, type RecordBatchWriter, type Schema } from 'apache-arrow';
import { alignViews } from './align-views.ts';

/** Longest piece handed out; larger buffers are cut, small ones are put together. */
const pieceByteLength = 256 * 2 ** 10;
const smallByteLength = 16 * 2 ** 10;

/** An Arrow IPC file (`application/vnd.apache.arrow.file`) of these batches, in pieces of at most 256 KiB. */
export function writeIpcFile(schema: Schema, batches: AsyncIterable<RecordBatch>): AsyncGenerator<Uint8Array> {
  return write(schema, batches, collecting(RecordBatchFileWriter, true));
}

/** An Arrow IPC stream (`application/vnd.apache.arrow.stream`) of these batches, in pieces of at most 256 KiB. */
export function writeIpcStream(schema: Schema, batches: AsyncIterable<RecordBatch>): AsyncGenerator<Uint8Array> {
  return write(schema, batches, collecting(RecordBatchStreamWriter, false));
}

interface Collecting {
  readonly writer: RecordBatchWriter;
  take(): Uint8Array[];
}

/** A writer whose bytes are taken out after each batch instead of waiting in its queue. */
function collecting(Writer: typeof RecordBatchFileWriter | typeof RecordBatchStreamWriter, isFile: boolean): Collecting {
  let pieces: Uint8Array[] = [];
  class CollectingWriter extends (Writer as typeof RecordBatchWriter) {
    protected override _write(chunk: ArrayBufferView | string): this {
      const view = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
      if (this._started && view.byteLength > 0) {
        pieces.push(new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength));
        this._position += view.byteLength;
      }
      return this;
    }

    protected override _writeSchema(schema: Schema): this {
      super._writeSchema(schema);
      // The file writer leaves it to the footer, but a file is a stream between its magics ("IPC File Format").
      return isFile ? this._writeMessage(Message.from(schema)) : this;
    }
  }
  const take = () => {
    const taken = pieces;
    pieces = [];
    return taken;
  };
  return { writer: new CollectingWriter(), take };
}

async function* write(schema: Schema, batches: AsyncIterable<RecordBatch>, { writer, take }: Collecting): AsyncGenerator<Uint8Array> {
  writer.reset(undefined, schema);
  yield* pieced(take());
  for await (const batch of batches) {
    if (batch.numRows === 0) continue;
    checkTypes(schema, batch);
    try {
      writer.write(announced(schema, batch));
    } catch (error) {
      throw new TesseraError('not_acceptable', 'This table cannot leave as an Arrow file: its dictionaries change from batch to batch. Ask for an Arrow stream or another format.', {}, { cause: error });
    }
    yield* pieced(take());
  }
  writer.finish();
  yield* pieced(take());
}

/** The batch may differ from the schema in nullability and metadata: what was announced counts. Columns that share a name become one type in a batch's own. */
function announced(schema: Schema, batch: RecordBatch): RecordBatch {
  return Object.assign(new RecordBatch(schema, withNullCounts(alignViews(batch.data) as RecordBatch['data'])), { schema });
}

/** Of a part of a column of nulls it is not counted how many there are; a reader wants to know. */
function withNullCounts<T extends DataType>(data: Data<T>): Data<T> {
  if (data.typeId === Type.Null) return data.nullCount === data.length ? data : (makeData({ type: data.type, length: data.length } as never) as Data as Data<T>);
  const children = data.children.map((child) => withNullCounts(child));
  return children.every((child, i) => child === data.children[i]) ? data : data.clone(data.type, data.offset, data.length, data.nullCount, undefined, children);
}

function checkTypes(schema: Schema, batch: RecordBatch): void {
  const isSame = schema.fields.length === batch.data.children.length && schema.fields.every((field, i) => field.type.toString() === batch.data.children[i]!.type.toString());
  if (!isSame) throw new TesseraError('internal', 'A record batch does not fit the schema of its table.');
}

function* pieced(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  let small: Uint8Array[] = [];
  let smallTotal = 0;
  const flush = () => {
    const joined = Buffer.concat(small, smallTotal);
    small = [];
    smallTotal = 0;
    return joined;
  };
  for (const part of parts) {
    if (part.byteLength <= smallByteLength) {
      small.push(part);
      smallTotal += part.byteLength;
      if (smallTotal >= pieceByteLength - smallByteLength) yield flush();
      continue;
    }
    if (smallTotal > 0) yield flush();
    for (let at = 0; at < part.byteLength; at += pieceByteLength) yield part.subarray(at, at + pieceByteLength);
  }
  if (smallTotal > 0) yield flush();
}
