import { LRUCache } from 'lru-cache';

interface Entry {
  readonly bytes: Uint8Array;
  /** Of the object that it was decoded from; empty if that never changes under its manifest. */
  readonly version: string;
}

/** Decoded chunks that were used in part, by manifest and chunk; bounded by their bytes. */
export class DecodedCache {
  private readonly chunks: LRUCache<string, Entry> | undefined;

  constructor(maxByteLength: number) {
    this.chunks = maxByteLength > 0 ? new LRUCache({ maxSize: maxByteLength }) : undefined;
  }

  get(key: string, version: string): Uint8Array | undefined {
    const entry = this.chunks?.get(key);
    return entry?.version === version ? entry.bytes : undefined;
  }

  set(key: string, version: string, bytes: Uint8Array): void {
    // A view counts as the memory it keeps from being freed.
    this.chunks?.set(key, { bytes, version }, { size: Math.max(bytes.buffer.byteLength, 1) });
  }
}
