import { sliceBatch, type RecordBatch } from '@tessera/arrow';
import type { RowRange } from '@tessera/domain';

/** The rows from `start` to before `stop`, counted from the first batch. What comes after is not asked for. */
export async function* sliceRows(batches: AsyncIterable<RecordBatch>, { start, stop }: Required<RowRange>): AsyncGenerator<RecordBatch> {
  let firstRow = 0;
  for await (const batch of batches) {
    const from = Math.max(start - firstRow, 0);
    const to = Math.min(stop - firstRow, batch.numRows);
    firstRow += batch.numRows;
    if (from < to) yield from === 0 && to === batch.numRows ? batch : sliceBatch(batch, from, to);
    if (firstRow >= stop) return;
  }
}
