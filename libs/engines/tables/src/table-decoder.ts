import type { ByteStore, Call, Partition, RowRange, TableManifest } from '@tessera/domain';
import type { RecordBatch, Schema } from '@tessera/arrow';
import type { BoundFilter } from './filter/bind-filter.ts';

/** What a decoder reads: one partition, some of its columns. */
export interface PartitionRequest {
  readonly manifest: TableManifest;
  /** Of the whole table. */
  readonly schema: Schema;
  readonly partition: Partition;
  /** Columns wanted, as places in the schema, in the order wanted. */
  readonly columnIndices: readonly number[];
  /** Rows wanted, counted in the partition; absent = all. Only for decoders that select rows. */
  readonly rows?: Required<RowRange>;
  /** Rows for which this cannot be true may be left out. Only for decoders that select rows. */
  readonly filter?: BoundFilter;
}

/** Reads partitions of one kind of table file as Arrow. */
export interface TableDecoder {
  /** As in `TableManifest.decoder`. */
  readonly name: string;
  /** Whether it gives just the rows asked for, and leaves out some that a filter excludes. Of others all rows are read, and cut. */
  readonly selectsRows?: boolean;
  /**
   * The rows of a partition in batches of bounded size, with the columns asked for. Reads no more than it needs.
   * @throws TesseraError gone if the bytes are damaged or missing.
   */
  batches(request: PartitionRequest, store: ByteStore, call?: Call): AsyncIterable<RecordBatch>;
}
