// Arrays as Arrow streams: record batches whose rows are the first axis, each row a tensor of fixed shape.
import { batchOf, encapsulated, encodeSchemaMessage, endOfStream, writeIpcStream } from '@tessera/arrow';
import { TesseraError, elementCount } from '@tessera/domain';
import { Message, Schema, type RecordBatch } from 'apache-arrow';
import { BufferRegion, FieldNode, RecordBatch as BatchHeader } from 'apache-arrow/ipc/metadata/message';
import type { ArrayExporter } from '../../exporter.ts';
import { arrowColumns, type ArrowColumn } from './arrow-column.ts';

/** Body of a batch: below the 4 MiB that gRPC clients take unless told otherwise. A row is never cut. */
const batchByteLength = 3 * 2 ** 20;
/** Rows that are not passed on as they are must fit in memory, several times. */
const maxBuiltRowByteLength = 64 * 2 ** 20;
/** Arrow counts the elements of a row in 31 bits. */
const maxRowElementCount = 2 ** 31 - 1;
/** Of rows that have no bytes there could be any number. */
const maxBatchRowCount = 2 ** 20;

export const arrowStreamExporter: ArrayExporter = {
  export({ dataType, shape, bytes }) {
    const [rowCount = 1, ...rowShape] = shape;
    const rowByteLength = elementCount(rowShape) * dataType.itemsize;
    const columns = arrowColumns(dataType, rowShape);
    const isAsStored = columns.length === 1 && columns[0]!.isAsStored;
    if (elementCount(rowShape) > maxRowElementCount || (!isAsStored && rowByteLength > maxBuiltRowByteLength)) {
      throw new TesseraError('too_large', 'A row of this array, which is all but its first axis, is too large for Arrow. Ask for a slice of it.', { rowByteLength });
    }
    const schema = new Schema(columns.map((column) => column.field), new Map([['numpy.ndim', String(shape.length)]]));
    const rowsPerBatch = Math.max(1, Math.min(maxBatchRowCount, Math.floor(batchByteLength / Math.max(rowByteLength, 1))));
    const rows = { rowCount, rowByteLength, rowsPerBatch };
    return isAsStored ? asStored(schema, columns[0]!, rows, bytes) : writeIpcStream(schema, built(schema, columns, rows, bytes));
  },
};

interface Rows {
  readonly rowCount: number;
  readonly rowByteLength: number;
  readonly rowsPerBatch: number;
}

/** The bytes themselves, between headers: no more is held than the piece under way. */
async function* asStored(schema: Schema, column: ArrowColumn, { rowCount, rowByteLength, rowsPerBatch }: Rows, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield encodeSchemaMessage(schema);
  const { listSize } = column.field.type as { listSize?: number };
  let batchLeft = 0;
  let rowsLeft = rowCount;
  let padding = 0;
  const begin = () => {
    const count = Math.min(rowsPerBatch, rowsLeft);
    rowsLeft -= count;
    batchLeft = count * rowByteLength;
    padding = (8 - (batchLeft % 8)) % 8;
    return batchHeader(count, listSize === undefined ? undefined : count * listSize, batchLeft);
  };
  for await (const piece of bytes) {
    for (let at = 0; at < piece.byteLength;) {
      if (batchLeft === 0) yield begin();
      const part = piece.subarray(at, at + batchLeft);
      at += part.byteLength;
      batchLeft -= part.byteLength;
      yield part;
      if (batchLeft === 0 && padding > 0) yield new Uint8Array(padding);
    }
  }
  if (batchLeft > 0 || (rowsLeft > 0 && rowByteLength > 0)) throw new TesseraError('internal', 'The bytes of an array do not end with an element.');
  while (rowsLeft > 0) yield begin();
  yield endOfStream;
}

/** Header of a batch of one column without nulls: plain, or (with a count of items) a list of fixed size. */
function batchHeader(rowCount: number, itemCount: number | undefined, bodyByteLength: number): Uint8Array {
  const lists = itemCount === undefined ? [] : [new FieldNode(rowCount, 0)];
  const validities = Array.from({ length: lists.length + 1 }, () => new BufferRegion(0, 0));
  const header = new BatchHeader(rowCount, [...lists, new FieldNode(itemCount ?? rowCount, 0)], [...validities, new BufferRegion(0, bodyByteLength)], null);
  return encapsulated(Message.encode(Message.from(header, Math.ceil(bodyByteLength / 8) * 8)));
}

/** Batches of columns that have to be made. */
async function* built(schema: Schema, columns: readonly ArrowColumn[], { rowCount, rowByteLength, rowsPerBatch }: Rows, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RecordBatch> {
  const batch = (rows: Uint8Array, count: number) => batchOf(schema, columns.map((column) => column.build(rows, count)), count);
  let rowsLeft = rowCount;
  let rows = new Uint8Array(Math.min(rowsPerBatch, rowsLeft) * rowByteLength);
  let filled = 0;
  for await (const piece of bytes) {
    for (let at = 0; at < piece.byteLength;) {
      const part = piece.subarray(at, at + rows.byteLength - filled);
      rows.set(part, filled);
      at += part.byteLength;
      filled += part.byteLength;
      if (filled < rows.byteLength) break;
      const count = rows.byteLength / rowByteLength;
      yield batch(rows, count);
      rowsLeft -= count;
      // Batches keep views of their rows.
      rows = new Uint8Array(Math.min(rowsPerBatch, rowsLeft) * rowByteLength);
      filled = 0;
    }
  }
  if (filled > 0 || (rowsLeft > 0 && rowByteLength > 0)) throw new TesseraError('internal', 'The bytes of an array do not end with an element.');
  for (; rowsLeft > 0; rowsLeft -= rowsPerBatch) yield batch(new Uint8Array(0), Math.min(rowsPerBatch, rowsLeft));
}
