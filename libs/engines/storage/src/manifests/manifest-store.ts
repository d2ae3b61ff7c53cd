import { createHash } from 'node:crypto';
import { TesseraError, decodeManifest, encodeManifest, type Call, type Manifest, type ManifestStore, type WritableByteStore } from '@tessera/domain';
import { LRUCache } from 'lru-cache';

export interface ManifestStoreOptions {
  /** URI of the folder that holds `manifests/`. */
  readonly uri: string;
  /** Bound of the manifests kept in memory, by their stored size. */
  readonly cacheByteLength?: number;
}

const idPattern = /^([0-9a-f]{64})\.(\d{1,15})\.(\d{1,15})$/;

/** Parsed JSON takes more room than its text; a small manifest costs at least this much. */
const minCachedByteLength = 2048;

/**
 * Manifests in bundle objects `manifests/<aa>/<sha256>`, `aa` being the hash's
 * first byte. An id is `<sha256>.<byteOffset>.<byteLength>`: equal manifests
 * stored together have equal ids everywhere.
 */
export class BundledManifestStore implements ManifestStore {
  readonly #store: WritableByteStore;
  readonly #uri: string;
  readonly #cache: LRUCache<string, Manifest>;
  readonly #reading = new Map<string, Promise<Manifest>>();

  constructor(store: WritableByteStore, options: ManifestStoreOptions) {
    this.#store = store;
    this.#uri = options.uri.endsWith('/') ? options.uri.slice(0, -1) : options.uri;
    this.#cache = new LRUCache({ maxSize: options.cacheByteLength ?? 128 * 2 ** 20 });
  }

  async put(manifests: readonly Manifest[], call?: Call): Promise<readonly string[]> {
    if (manifests.length === 0) return [];
    const encoded = manifests.map(encodeManifest);
    const { bytes, offsets } = bundle(encoded);
    const hash = createHash('sha256').update(bytes).digest('hex');
    const uri = this.#bundleUri(hash);
    const stored = await this.#store.stat(uri, call);
    if (stored?.byteLength !== bytes.byteLength) await this.#store.put(uri, bytes, call);
    return encoded.map((part, index) => `${hash}.${offsets[index]!}.${part.byteLength}`);
  }

  async get(id: string, call?: Call): Promise<Manifest> {
    const cached = this.#cache.get(id);
    if (cached) return cached;
    // A caller that goes away must not take the others' answer along: the shared read has no signal.
    const reading = this.#reading.get(id);
    if (reading) return reading;
    const started = this.#read(id, call?.traceparent === undefined ? undefined : { traceparent: call.traceparent })
      .finally(() => this.#reading.delete(id));
    this.#reading.set(id, started);
    return started;
  }

  async #read(id: string, call: Call | undefined): Promise<Manifest> {
    const match = idPattern.exec(id);
    if (!match) throw new TesseraError('gone', 'These data are not indexed.');
    const byteOffset = Number(match[2]);
    const byteLength = Number(match[3]);
    const bytes = await this.#store.read(this.#bundleUri(match[1]!), { byteOffset, byteLength }, call);
    if (bytes?.byteLength !== byteLength) throw new TesseraError('gone', 'The index of these data is lost: register them again.');
    const manifest = decodeManifest(bytes);
    const size = Math.max(byteLength, minCachedByteLength);
    if (size <= this.#cache.maxSize) this.#cache.set(id, manifest, { size });
    return manifest;
  }

  #bundleUri(hash: string): string {
    return `${this.#uri}/manifests/${hash.slice(0, 2)}/${hash}`;
  }
}

/** Parts one after the other, each at a multiple of 8 bytes. */
function bundle(parts: readonly Uint8Array[]): { bytes: Uint8Array; offsets: number[] } {
  const offsets: number[] = [];
  let byteLength = 0;
  for (const part of parts) {
    offsets.push(byteLength);
    byteLength += Math.ceil(part.byteLength / 8) * 8;
  }
  const bytes = new Uint8Array(byteLength);
  parts.forEach((part, index) => bytes.set(part, offsets[index]!));
  return { bytes, offsets };
}
