/** Longest piece that is handed on. */
export const pieceByteLength = 256 * 2 ** 10;

/** Bytes in pieces of at most 256 KiB, without a copy. */
export function* cutPieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceByteLength) yield bytes.subarray(at, at + pieceByteLength);
}
