import type { ValueForm } from './value-form.ts';

/** Rows of one column as the buffers of an Arrow array, each in memory of its own. */
export interface ColumnPiece {
  readonly rowCount: number;
  readonly nullCount: number;
  readonly validity?: Uint8Array<ArrayBuffer>;
  /** Values; of booleans a bit each. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Of texts: 32 or 64 bits each, or the views into `data`. */
  readonly offsets?: Uint8Array<ArrayBuffer>;
}

/** What a thread needs to know of a column chunk, or of some of its pages. */
export interface ColumnPlan {
  readonly form: ValueForm;
  readonly isOptional: boolean;
  readonly codec: number;
  /** Where its dictionary lies, if that does not stand before the pages. */
  readonly dictionary?: { readonly byteOffset: number; readonly byteLength: number };
  /** The pages, and the dictionary before them. */
  readonly byteOffset: number;
  readonly byteLength: number;
  /** Rows of these pages, and how many of the first are not wanted. */
  readonly rowCount: number;
  readonly skippedRowCount: number;
  /** Bytes of one read. */
  readonly pieceByteLength: number;
  /** A piece of texts ends when it is so long. */
  readonly mostByteLength: number;
}
