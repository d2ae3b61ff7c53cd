import { releasePiece } from '@tessera/domain';

/** How far ahead of the taker work may run. */
interface Ahead<Item> {
  byteLengthOf(item: Item): number;
  /** Of what is under way or waits to be taken, together; what is larger is worked on alone. */
  readonly aheadByteLength: number;
}

/** Pieces in the order of their items; a few are worked on while the first is taken. */
export async function* inOrderAhead<Item>(items: Iterable<Item>, { byteLengthOf, aheadByteLength }: Ahead<Item>, work: (item: Item) => Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = items[Symbol.iterator]();
  let next = iterator.next();
  const running: { readonly byteLength: number; readonly piece: Promise<Uint8Array> }[] = [];
  let runningByteLength = 0;
  const start = () => {
    while (!next.done) {
      const byteLength = byteLengthOf(next.value);
      if (running.length > 0 && runningByteLength + byteLength > aheadByteLength) return;
      const piece = work(next.value);
      // A failure is told when its turn comes; until then it is not unheard of.
      piece.catch(() => undefined);
      running.push({ byteLength, piece });
      runningByteLength += byteLength;
      next = iterator.next();
    }
  };
  try {
    start();
    for (let first = running[0]; first; first = running[0]) {
      const piece = await first.piece;
      running.shift();
      // From here on it is the taker's; it counts until the next is asked for.
      yield piece;
      runningByteLength -= first.byteLength;
      start();
    }
  } finally {
    // Nothing is read any more after the end of it.
    for (const ended of await Promise.allSettled(running.map(({ piece }) => piece))) if (ended.status === 'fulfilled') releasePiece(ended.value);
  }
}
