// Stores that fail as real ones do, around a good one.
import { TesseraError, type ByteRange, type ByteStore, type Call } from '@tessera/domain';

/** Fails the reads for which `shouldFail` says so; the first read is number 1. */
export function withFailures(store: ByteStore, shouldFail: (readNumber: number, uri: string) => boolean): ByteStore {
  let reads = 0;
  return around(store, async (uri, range, call) => {
    if (shouldFail(++reads, uri)) throw new TesseraError('unavailable', 'The store does not answer at the moment. Try again.');
    return store.read(uri, range, call);
  });
}

/** Gives at most `mostByteLength` bytes a read, as if objects were cut off there. */
export function withTornReads(store: ByteStore, mostByteLength: number): ByteStore {
  return around(store, async (uri, range, call) => {
    const reachable = Math.max(0, mostByteLength - (range?.byteOffset ?? 0));
    return (await store.read(uri, range, call))?.subarray(0, reachable);
  });
}

/** Lets each read wait until `gate` resolves, or fails it when the call is cancelled. */
export function withDelay(store: ByteStore, gate: (uri: string) => Promise<void>): ByteStore {
  return around(store, async (uri, range, call) => {
    const cancelled = new Promise<never>((_, reject) => {
      const fail = () => reject(new TesseraError('cancelled', 'The read was cancelled.'));
      if (call?.signal?.aborted) fail();
      call?.signal?.addEventListener('abort', fail, { once: true });
    });
    await Promise.race([gate(uri), cancelled]);
    return store.read(uri, range, call);
  });
}

function around(store: ByteStore, read: (uri: string, range?: ByteRange, call?: Call) => Promise<Uint8Array | undefined>): ByteStore {
  return { read, stat: (uri, call) => store.stat(uri, call), list: (uri, call) => store.list(uri, call) };
}
