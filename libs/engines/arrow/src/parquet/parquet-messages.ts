// What the main thread and the Parquet worker say to one another.

export interface ParquetReadOptions {
  readonly rowGroups: readonly number[];
  /** Top-level column names; absent = all. */
  readonly columns?: readonly string[];
  readonly batchRowCount: number;
  /** Batches that were delivered already, by a worker that died. */
  readonly skipBatchCount: number;
}

export interface ParquetRowGroup {
  readonly rowCount: number;
  /** Of the column chunks, compressed. */
  readonly byteLength: number;
}

export type ToParquetWorker =
  | { readonly kind: 'describe'; readonly job: number; readonly byteLength: number }
  | { readonly kind: 'open'; readonly job: number; readonly byteLength: number; readonly options: ParquetReadOptions }
  | { readonly kind: 'bytes'; readonly read: number; readonly bytes?: Uint8Array }
  | { readonly kind: 'next'; readonly job: number }
  | { readonly kind: 'close'; readonly job: number };

export type FromParquetWorker =
  | { readonly kind: 'read'; readonly job: number; readonly read: number; readonly byteOffset: number; readonly byteLength: number }
  | { readonly kind: 'described'; readonly job: number; readonly schema: Uint8Array; readonly rowGroups: readonly ParquetRowGroup[] }
  | { readonly kind: 'batch'; readonly job: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly job: number; readonly memoryByteLength: number }
  | { readonly kind: 'failed'; readonly job: number; readonly message: string };
