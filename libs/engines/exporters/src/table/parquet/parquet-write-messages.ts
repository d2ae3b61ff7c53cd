// What the thread that writes Parquet and the one that has the rows say to each other.

/** To the thread. Batches are whole IPC streams, for dictionaries may change from one to the next. */
export type ToParquetWriter =
  | { readonly kind: 'open'; readonly job: number; readonly rowGroupRowCount: number; readonly rowGroupByteLength: number }
  /** Instead of `open`: a table of no rows, a stream of its schema. */
  | { readonly kind: 'empty'; readonly job: number; readonly bytes: Uint8Array }
  | { readonly kind: 'batch'; readonly job: number; readonly bytes: Uint8Array }
  | { readonly kind: 'finish'; readonly job: number }
  /** The last piece was taken. */
  | { readonly kind: 'more'; readonly job: number }
  | { readonly kind: 'close'; readonly job: number };

/** From the thread. After `wanted` it waits for a batch or the end of them, after `piece` for `more`. */
export type FromParquetWriter =
  | { readonly kind: 'wanted'; readonly job: number }
  | { readonly kind: 'piece'; readonly job: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly job: number; readonly memoryByteLength: number }
  | { readonly kind: 'failed'; readonly job: number; readonly message: string };
