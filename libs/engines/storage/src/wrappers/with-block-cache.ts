import type { ByteStore, Call, Source } from '@tessera/domain';
import { LRUCache } from 'lru-cache';

export interface BlockCacheOptions {
  /** Blocks are so long, and begin at multiples of it. */
  readonly blockByteLength?: number;
  /** Most bytes of blocks that are kept. */
  readonly maxByteLength?: number;
}

/**
 * Short reads all over one object become few long ones: what formats do when they index a file far away. Only reads that
 * say which version of the object they expect are served from blocks, each version from its own; others, and those longer
 * than a block, pass.
 */
export function withBlockCache(store: ByteStore, { blockByteLength = 2 ** 20, maxByteLength = 64 * 2 ** 20 }: BlockCacheOptions = {}): ByteStore {
  const blocks = new LRUCache<string, Uint8Array>({ maxSize: Math.max(maxByteLength, blockByteLength) });
  const reading = new Map<string, Promise<Uint8Array | undefined>>();

  const fetchBlock = (uri: string, key: string, index: number, expected: Source, call: Call | undefined): Promise<Uint8Array | undefined> => {
    const running = reading.get(key);
    // Somebody else's read may be given up by its caller: then this one is made anew.
    if (running) return running.catch(() => store.read(uri, { byteOffset: index * blockByteLength, byteLength: blockByteLength, expected }, call));
    const started = store.read(uri, { byteOffset: index * blockByteLength, byteLength: blockByteLength, expected }, call).then((block) => {
      if (block) blocks.set(key, block, { size: Math.max(block.byteLength, 1) });
      return block;
    }).finally(() => reading.delete(key));
    reading.set(key, started);
    return started;
  };

  return {
    read: async (uri, range, call) => {
      const { byteOffset = 0, byteLength = Infinity, expected } = range ?? {};
      if (expected?.etag === undefined || !(byteLength <= blockByteLength) || !Number.isSafeInteger(byteOffset) || byteOffset < 0 || byteLength === 0) return store.read(uri, range, call);
      const first = Math.floor(byteOffset / blockByteLength);
      const last = Math.floor((byteOffset + byteLength - 1) / blockByteLength);
      const parts: Uint8Array[] = [];
      for (let index = first; index <= last; index++) {
        const key = `${expected.etag}\n${index}\n${uri}`;
        const block = blocks.get(key) ?? await fetchBlock(uri, key, index, expected, call);
        if (!block) return undefined;
        const start = index * blockByteLength;
        parts.push(block.subarray(Math.max(0, byteOffset - start), Math.max(0, byteOffset + byteLength - start)));
      }
      return joined(parts);
    },
    stat: (uri, call) => store.stat(uri, call),
    list: (uri, call) => store.list(uri, call),
  };
}

/** A copy: what is kept of a short read must not keep its block. Not from Buffer's pool: typed arrays can view it in place. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
