import { TesseraError, type ByteStore, type Call } from '@tessera/domain';
import type { ReadRange } from '../ipc/file-layout.ts';

/** Exact ranges of one object. The reader throws `gone` if the object is missing or shorter, `cancelled` if the caller went away. */
export function rangeReader(store: ByteStore, uri: string, call?: Call): ReadRange {
  return async (byteOffset, byteLength) => {
    if (byteLength === 0) return new Uint8Array(0);
    checkNotCancelled(call);
    const bytes = await store.read(uri, { byteOffset, byteLength }, call);
    if (bytes === undefined) throw new TesseraError('gone', 'The file that this table was registered from is not there any more.');
    if (bytes.byteLength < byteLength) throw new TesseraError('gone', 'The file that this table was registered from is shorter than it should be.');
    return bytes;
  };
}

/** The bytes from `byteOffset` on, in pieces, so that a long range never is in memory as a whole. */
export async function* readPieces(read: ReadRange, byteOffset: number, byteLength: number, pieceByteLength = 4 * 2 ** 20): AsyncGenerator<Uint8Array> {
  const end = byteOffset + byteLength;
  for (let at = byteOffset; at < end; at += pieceByteLength) yield await read(at, Math.min(pieceByteLength, end - at));
}

export function checkNotCancelled(call: Call | undefined): void {
  if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The caller went away.');
  if (call?.deadlineMs !== undefined && Date.now() > call.deadlineMs) throw new TesseraError('deadline_exceeded', 'The time for this request is over.');
}
