const releases = new WeakMap<Uint8Array, () => void>();

/** Bytes of a stream, or a step on their way, whose memory can be used again, or freed, once nobody looks at them any more. */
export function lentPiece(bytes: Uint8Array, release: () => void): Uint8Array {
  releases.set(bytes, release);
  return bytes;
}

/** A piece in memory that is its own: released, the memory is freed at once, not when the garbage collector comes to it. */
export function ownPiece(bytes: Uint8Array): Uint8Array {
  return lentPiece(bytes, () => free(bytes.buffer));
}

/**
 * Says that nobody has any more use of a piece: after this its bytes are overwritten, or gone. Only the very object that was
 * lent can be released, once; of all other bytes, views of a lent piece among them, nothing happens and they are left to the
 * garbage collector. So whoever does not know who else looks at some bytes does well not to call this.
 */
export function releasePiece(piece: Uint8Array): void {
  const release = releases.get(piece);
  if (!release) return;
  releases.delete(piece);
  release();
}

/** Hands the right to release `piece` on to a view of it. */
export function passPieceOn(piece: Uint8Array, view: Uint8Array): Uint8Array {
  const release = releases.get(piece);
  if (!release || view === piece) return view;
  releases.delete(piece);
  return lentPiece(view, release);
}

/** The same bytes, which nobody can release any more: for those who keep them. */
export function keepPiece(piece: Uint8Array): Uint8Array {
  releases.delete(piece);
  return piece;
}

function free(buffer: ArrayBufferLike): void {
  // Memory of native libraries, or shared with threads, cannot be detached: that is left to the garbage collector.
  if (!(buffer instanceof ArrayBuffer) || buffer.detached) return;
  try {
    buffer.transfer(0);
  } catch {
    return;
  }
}
