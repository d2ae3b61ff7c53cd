import { TesseraError, type Partition, type PartitionRange, type RowRange, type TableManifest } from '@tessera/domain';

/** Rows of one partition, counted in it. */
export interface PartitionRows {
  readonly partition: Partition;
  readonly rows: Required<RowRange>;
}

/**
 * The partitions that hold the rows wanted, and which of their rows those are. A partition of which nothing is wanted is
 * left out, unless the whole of it is: a table without rows is read too, to tell whether it still is there.
 * @throws TesseraError invalid_argument for partitions that are not there, or rows that are none.
 */
export function planPartitions(manifest: TableManifest, { partitions, rows }: { readonly partitions?: PartitionRange | undefined; readonly rows?: RowRange | undefined }): PartitionRows[] {
  const { start, stop = Infinity } = rows ?? { start: 0 };
  if (!Number.isInteger(start) || start < 0 || !(stop >= 0)) throw new TesseraError('invalid_argument', 'Rows are counted from 0.', { rows });
  const plan: PartitionRows[] = [];
  let firstRow = 0;
  for (const partition of selectPartitions(manifest, partitions)) {
    const { rowCount } = partition;
    const from = Math.min(Math.max(start - firstRow, 0), rowCount);
    const to = Math.max(Math.min(stop - firstRow, rowCount), from);
    if (to > from || rows === undefined) plan.push({ partition, rows: { start: from, stop: to } });
    firstRow += rowCount;
  }
  return plan;
}

function selectPartitions({ partitions }: TableManifest, wanted: PartitionRange | undefined): readonly Partition[] {
  if (wanted === undefined) return partitions;
  const { start, stop } = wanted;
  const isInside = Number.isInteger(start) && Number.isInteger(stop) && start >= 0 && start <= stop && stop <= partitions.length;
  if (!isInside || (start === stop && start === partitions.length && start > 0)) throw new TesseraError('invalid_argument', 'Partition out of range', { partitions: wanted, partitionCount: partitions.length });
  return partitions.slice(start, stop);
}
