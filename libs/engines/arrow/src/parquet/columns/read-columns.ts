// Rows of a row group, its columns decoded side by side in threads.
import { TesseraError, type Call } from '@tessera/domain';
import { makeData, type Data, type Field, type RecordBatch, type Schema } from 'apache-arrow';
import { batchOf } from '../../batch/make-batch.ts';
import type { ReadRange } from '../../ipc/file-layout.ts';
import { checkNotCancelled } from '../../source/read-range.ts';
import type { PageLocation } from '../footer/page-index.ts';
import type { ParquetColumnChunk } from '../footer/read-footer.ts';
import { coalescedRead } from './coalesce-reads.ts';
import type { ColumnPiece, ColumnPlan } from './column-piece.ts';
import { columnThreadCount, openColumnJobs, type ColumnJob } from './column-thread.ts';
import type { FlatColumn } from './flat-column.ts';
import { arrowByteWidth } from './page-values.ts';

/** A column to be read. */
export interface WantedColumn {
  readonly field: Field;
  readonly chunk: ParquetColumnChunk;
  readonly flat: FlatColumn;
  /** Where its data pages lie, if the file says so. */
  readonly pages?: readonly PageLocation[] | undefined;
}

export interface RowGroupRead {
  /** Of the columns, in their order. */
  readonly schema: Schema;
  readonly columns: readonly WantedColumn[];
  /** Of the row group. */
  readonly rowCount: number;
  /** Those that are read. */
  readonly rows: { readonly start: number; readonly stop: number };
  readonly read: ReadRange;
}

/** Bytes of a batch, about, and its rows at most. */
const batchByteLength = 4 * 2 ** 20;
const maxBatchRowCount = 65_536;
/** Bytes that are read ahead, of all columns together. */
const aheadByteLength = 16 * 2 ** 20;
const minPieceByteLength = 64 * 2 ** 10;
const maxPieceByteLength = 2 ** 20;
/** Less than this is not worth a second thread. */
const threadByteLength = 512 * 2 ** 10;

/**
 * Rows in batches of some 4 MiB and at most 65,536 rows. While one is used the next is made.
 * @throws TesseraError gone if the file is damaged.
 */
export async function* readRowGroup(request: RowGroupRead, call?: Call): AsyncGenerator<RecordBatch> {
  const { schema, columns, rows } = request;
  const plans = columns.map((column) => planOf(column, request));
  const groups = divide(columns);
  const read = coalescedRead(request.read, plans.flatMap((plan) => [...(plan.dictionary ? [{ ...plan.dictionary, isWhole: true }] : []), { byteOffset: plan.byteOffset, byteLength: plan.byteLength, isWhole: plan.byteLength <= plan.pieceByteLength }]));
  const jobs = openColumnJobs(groups.map((group) => group.map((index) => plans[index]!)), read);
  const queues: Data[][] = columns.map(() => []);
  const batchRowCount = rowsOfBatch(columns, request.rowCount);
  try {
    let left = rows.stop - rows.start;
    let coming = refill(jobs, groups, queues, columns, Math.min(batchRowCount, left));
    while (left > 0) {
      await coming;
      checkNotCancelled(call);
      const children = takeAligned(queues, Math.min(batchRowCount, left));
      left -= children[0]!.length;
      coming = refill(jobs, groups, queues, columns, Math.min(batchRowCount, left));
      // It is waited for when the next batch is.
      coming.catch(() => undefined);
      yield batchOf(schema, children);
    }
  } finally {
    for (const job of jobs) job.close();
  }
}

function planOf({ flat, chunk, pages }: WantedColumn, { columns, rowCount, rows }: RowGroupRead): ColumnPlan {
  const share = Math.floor(aheadByteLength / columns.length);
  return {
    form: flat.form, isOptional: flat.isOptional, codec: chunk.codec, ...(pages ? somePages(chunk, pages, rows, rowCount) : { byteOffset: chunk.byteOffset, byteLength: chunk.byteLength, rowCount, skippedRowCount: rows.start }),
    pieceByteLength: Math.min(Math.max(share, minPieceByteLength), maxPieceByteLength),
    mostByteLength: Math.max(share, minPieceByteLength),
  };
}

/** The pages that hold the rows. */
function somePages(chunk: ParquetColumnChunk, pages: readonly PageLocation[], rows: RowGroupRead['rows'], rowCount: number): Pick<ColumnPlan, 'dictionary' | 'byteOffset' | 'byteLength' | 'rowCount' | 'skippedRowCount'> {
  const first = pages[pages.findLastIndex(({ firstRow }) => firstRow <= rows.start)]!;
  const next = pages.findIndex(({ firstRow }) => firstRow >= rows.stop);
  const last = pages.at(next < 0 ? -1 : next - 1)!;
  const dictionaryByteLength = pages[0]!.byteOffset - chunk.byteOffset;
  const isFromStart = first === pages[0];
  const byteOffset = isFromStart ? chunk.byteOffset : first.byteOffset;
  return {
    ...(isFromStart || dictionaryByteLength === 0 ? {} : { dictionary: { byteOffset: chunk.byteOffset, byteLength: dictionaryByteLength } }),
    byteOffset, byteLength: last.byteOffset + last.byteLength - byteOffset,
    rowCount: (next < 0 ? rowCount : pages[next]!.firstRow) - first.firstRow, skippedRowCount: rows.start - first.firstRow,
  };
}

function rowsOfBatch(columns: readonly WantedColumn[], rowCount: number): number {
  const rowByteLength = columns.reduce((sum, { flat, chunk }) => sum + (flat.form.kind === 'bytes' ? 4 + chunk.uncompressedByteLength / Math.max(rowCount, 1) : arrowByteWidth(flat.form)), 0);
  return Math.max(64, Math.min(maxBatchRowCount, Math.floor(batchByteLength / Math.max(rowByteLength, 1)))) & ~7;
}

/** The columns in as many groups as there are threads, of about the same weight. */
function divide(columns: readonly WantedColumn[]): number[][] {
  const total = columns.reduce((sum, { chunk }) => sum + chunk.uncompressedByteLength, 0);
  const count = Math.max(1, Math.min(columns.length, columnThreadCount(), Math.ceil(total / threadByteLength)));
  const groups = Array.from({ length: count }, () => ({ weight: 0, columns: [] as number[] }));
  const heaviestFirst = columns.map((_, index) => index).sort((a, b) => weightOf(columns[b]!) - weightOf(columns[a]!));
  for (const index of heaviestFirst) {
    const lightest = groups.reduce((least, group) => (group.weight < least.weight ? group : least));
    lightest.columns.push(index);
    lightest.weight += weightOf(columns[index]!);
  }
  return groups.map((group) => group.columns);
}

/** Texts cost more than numbers of as many bytes, and what is compressed more than what is not. */
function weightOf({ chunk, flat }: WantedColumn): number {
  return (chunk.byteLength + chunk.uncompressedByteLength) * (flat.form.kind === 'bytes' ? 3 : 1) + chunk.valueCount * 4;
}

/** Asks for what is missing to so many rows of each column. */
async function refill(jobs: readonly ColumnJob[], groups: readonly (readonly number[])[], queues: readonly Data[][], columns: readonly WantedColumn[], rowCount: number): Promise<void> {
  await Promise.all(jobs.map(async (job, i) => {
    const requests = groups[i]!.map((index, column) => ({ index, column, rowCount: rowCount - queuedRowCount(queues[index]!) })).filter((each) => each.rowCount > 0);
    if (requests.length === 0) return;
    const pieces = await job.next(requests.map(({ column, rowCount: count }) => ({ column, rowCount: count })));
    pieces.forEach((piece, at) => {
      const { index } = requests[at]!;
      if (piece.rowCount === 0) throw new TesseraError('gone', 'The Parquet file cannot be read: a column has fewer rows than its row group.');
      queues[index]!.push(dataOf(columns[index]!, piece));
    });
  }));
}

function queuedRowCount(queue: readonly Data[]): number {
  return queue.reduce((sum, data) => sum + data.length, 0);
}

/** As many rows as all columns have in one piece. */
function takeAligned(queues: readonly Data[][], mostRowCount: number): Data[] {
  const rowCount = Math.min(mostRowCount, ...queues.map((queue) => queue[0]!.length));
  return queues.map((queue) => {
    const first = queue[0]!;
    if (first.length === rowCount) return queue.shift()!;
    queue[0] = first.slice(rowCount, first.length - rowCount);
    return first.slice(0, rowCount);
  });
}

function dataOf({ field: { type }, flat }: WantedColumn, { rowCount: length, nullCount, validity, data, offsets }: ColumnPiece): Data {
  const common = { type, length, nullCount, ...(validity ? { nullBitmap: validity } : {}) };
  if (!offsets || flat.form.kind !== 'bytes') return makeData({ ...common, data } as never);
  if (flat.form.layout === 'views') return makeData({ ...common, views: offsets, variadicBuffers: [data] } as never);
  const valueOffsets = flat.form.layout === 'offsets64' ? new BigInt64Array(offsets.buffer, offsets.byteOffset, length + 1) : new Int32Array(offsets.buffer, offsets.byteOffset, length + 1);
  return makeData({ ...common, valueOffsets, data } as never);
}
