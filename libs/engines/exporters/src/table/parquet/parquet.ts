// Parquet, row group by row group: what is in memory is one of them, compressed.
import { TesseraError } from '@tessera/domain';
import { writeIpcStream, type RecordBatch, type Schema } from '@tessera/arrow';
import type { TableExporter, TableSource } from '../../exporter.ts';
import { cutPieces } from '../cut-pieces.ts';
import { storedBatch, storedSchema } from './parquet-columns.ts';
import { startParquetJob, type ParquetWriteJob } from './parquet-write-thread.ts';

/** A row group ends at so many rows, or at about so many encoded bytes. */
const rowGroupRowCount = 131_072;
const rowGroupByteLength = 16 * 2 ** 20;
/** Rows that are handed to the writer at once. */
const batchRowCount = 65_536;

export const parquetExporter: TableExporter = { export: exportParquet };

async function* exportParquet({ schema, batches }: TableSource): AsyncGenerator<Uint8Array> {
  if (schema.fields.length === 0) throw new TesseraError('not_acceptable', 'A Parquet file needs a column. Ask for an Arrow file.');
  const stored = storedSchema(schema);
  const encoded = encodeBatches(stored, batches);
  const first = await encoded.next();
  const job = startParquetJob();
  try {
    if (first.done) job.send({ kind: 'empty', bytes: await encode(stored) });
    else job.send({ kind: 'open', rowGroupRowCount, rowGroupByteLength });
    yield* converse(job, first, encoded);
  } finally {
    job.close();
    await encoded.return(undefined);
  }
}

type Encoded = AsyncGenerator<Uint8Array<ArrayBuffer>>;

async function* converse(job: ParquetWriteJob, first: IteratorResult<Uint8Array<ArrayBuffer>>, encoded: Encoded): AsyncGenerator<Uint8Array> {
  let ready: typeof first | undefined = first;
  for (;;) {
    const message = await job.next();
    if (message.kind === 'end') return;
    if (message.kind === 'piece') {
      yield* cutPieces(message.bytes);
      job.send({ kind: 'more' });
      continue;
    }
    const { done, value } = ready ?? (await encoded.next());
    ready = undefined;
    if (done) job.send({ kind: 'finish' });
    else job.send({ kind: 'batch', bytes: value }, [value.buffer]);
  }
}

/** Each batch as an IPC stream of its own. */
async function* encodeBatches(schema: Schema, batches: AsyncIterable<RecordBatch>): Encoded {
  for await (const batch of batches) {
    for (let start = 0; start < batch.numRows; start += batchRowCount) {
      yield encode(schema, storedBatch(schema, batch.numRows <= batchRowCount ? batch : batch.slice(start, start + batchRowCount)));
    }
  }
}

async function encode(schema: Schema, batch?: RecordBatch): Promise<Uint8Array<ArrayBuffer>> {
  const pieces = await Array.fromAsync(writeIpcStream(schema, (async function* () {
    if (batch) yield batch;
  })()));
  // Memory of its own, which is given away.
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}
