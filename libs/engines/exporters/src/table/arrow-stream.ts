import { writeIpcStream, type RecordBatch } from '@tessera/arrow';
import type { TableExporter } from '../exporter.ts';

/** Bytes of a batch, about: below the 4 MiB that gRPC clients take in one message unless told otherwise. */
const batchByteLength = 3 * 2 ** 20;

export const arrowStreamExporter: TableExporter = {
  export: ({ schema, batches }) => writeIpcStream(schema, boundedBatches(batches)),
};

/** Large batches in parts, without a copy. */
async function* boundedBatches(batches: AsyncIterable<RecordBatch>): AsyncGenerator<RecordBatch> {
  for await (const batch of batches) {
    const { byteLength } = batch.data;
    if (byteLength <= batchByteLength) {
      yield batch;
      continue;
    }
    const rowsPerPart = Math.max(1, Math.floor(batch.numRows / Math.ceil(byteLength / batchByteLength)));
    for (let row = 0; row < batch.numRows; row += rowsPerPart) yield batch.slice(row, Math.min(row + rowsPerPart, batch.numRows));
  }
}
