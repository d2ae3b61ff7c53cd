import { LRUCache } from 'lru-cache';

/** Decoded chunks that were used in part, by manifest and chunk; bounded by their bytes. */
export class DecodedCache {
  private readonly chunks: LRUCache<string, Uint8Array> | undefined;

  constructor(maxByteLength: number) {
    this.chunks = maxByteLength > 0 ? new LRUCache({ maxSize: maxByteLength }) : undefined;
  }

  get(key: string): Uint8Array | undefined {
    return this.chunks?.get(key);
  }

  set(key: string, bytes: Uint8Array): void {
    // A view counts as the memory it keeps from being freed.
    this.chunks?.set(key, bytes, { size: Math.max(bytes.buffer.byteLength, 1) });
  }
}
