// What the main thread and a thread that decodes columns say to one another.
import type { ColumnPiece, ColumnPlan } from './column-piece.ts';

/** Of column `column` of a job so many rows. */
export interface PieceRequest {
  readonly column: number;
  readonly rowCount: number;
}

export type ToColumnThread =
  | { readonly kind: 'open'; readonly job: number; readonly columns: readonly ColumnPlan[] }
  | { readonly kind: 'next'; readonly job: number; readonly requests: readonly PieceRequest[] }
  | { readonly kind: 'bytes'; readonly read: number; readonly bytes?: Uint8Array }
  | { readonly kind: 'close'; readonly job: number };

export type FromColumnThread =
  | { readonly kind: 'read'; readonly job: number; readonly read: number; readonly byteOffset: number; readonly byteLength: number }
  | { readonly kind: 'pieces'; readonly job: number; readonly pieces: readonly ColumnPiece[] }
  | { readonly kind: 'failed'; readonly job: number; readonly message: string };
