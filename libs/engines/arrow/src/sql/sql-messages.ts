// What a process that runs queries is told, and what it answers.

export type SqlEngine = 'sqlite' | 'duckdb';

/** How the values of a column come. */
export type PackedKind = 'bool' | 'i1' | 'i2' | 'i4' | 'i8' | 'u1' | 'u2' | 'u4' | 'u8' | 'f4' | 'f8' | 'decimal' | 'text' | 'bytes';

export interface SqlQuery {
  readonly engine: SqlEngine;
  readonly path: string;
  /** SQLite: nobody writes to the file, so it needs no lock, and no log beside it is made or read. */
  readonly isImmutable: boolean;
  readonly sql: string;
  readonly parameters: readonly (string | number | bigint)[];
  readonly kinds: readonly PackedKind[];
  readonly batchRowCount: number;
  readonly batchByteLength: number;
}

export type ToSqlProcess = { readonly kind: 'open'; readonly query: SqlQuery } | { readonly kind: 'next' } | { readonly kind: 'close' };

/** A column of a batch: values at their places, one byte a row that says which are there, and of text and bytes where each ends. */
export interface PackedColumn {
  readonly validity: Uint8Array;
  readonly values: ArrayBufferView;
  readonly offsets?: Int32Array;
}

export type FromSqlProcess =
  /** `columns`: name and declared type, as far as the engine tells before the first row. */
  | { readonly kind: 'opened'; readonly columns: readonly (readonly [string, string])[] }
  | { readonly kind: 'batch'; readonly rowCount: number; readonly columns: readonly PackedColumn[]; readonly isLast: boolean }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly message: string };
