import type { ByteStore, Call, Partition, TableManifest } from '@tessera/domain';
import type { RecordBatch, Schema } from '@tessera/arrow';

/** What a decoder reads: one partition, some of its columns. */
export interface PartitionRequest {
  readonly manifest: TableManifest;
  /** Of the whole table. */
  readonly schema: Schema;
  readonly partition: Partition;
  /** Columns wanted, as places in the schema, in the order wanted. */
  readonly columnIndices: readonly number[];
}

/** Reads partitions of one kind of table file as Arrow. */
export interface TableDecoder {
  /** As in `TableManifest.decoder`. */
  readonly name: string;
  /**
   * The rows of a partition in batches of bounded size, with the columns asked for. Reads no more than it needs.
   * @throws TesseraError gone if the bytes are damaged or missing.
   */
  batches(request: PartitionRequest, store: ByteStore, call?: Call): AsyncIterable<RecordBatch>;
}
