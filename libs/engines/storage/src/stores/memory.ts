import type { ByteRange, Entry, Snapshot, VersionedByteStore, WritableByteStore } from '@tessera/domain';

/** Objects in memory, by any URI; a folder is a prefix that ends before a slash. */
export class MemoryStore implements VersionedByteStore, WritableByteStore {
  readonly #objects = new Map<string, { readonly bytes: Uint8Array; readonly modifiedAtMs: number }>();
  #clockMs = 0;

  constructor(objects: Readonly<Record<string, Uint8Array>> = {}) {
    for (const [uri, bytes] of Object.entries(objects)) this.#objects.set(uri, { bytes, modifiedAtMs: ++this.#clockMs });
  }

  async read(uri: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const bytes = this.#objects.get(uri)?.bytes;
    if (!bytes || !range) return bytes;
    return bytes.subarray(range.byteOffset, range.byteLength === undefined ? undefined : range.byteOffset + range.byteLength);
  }

  async readSnapshot(uri: string, range?: ByteRange): Promise<Snapshot | undefined> {
    const [bytes, entry] = await Promise.all([this.read(uri, range), this.stat(uri)]);
    return bytes && entry && { bytes, entry };
  }

  async stat(uri: string): Promise<Entry | undefined> {
    const object = this.#objects.get(uri);
    if (object) return { uri, isDirectory: false, byteLength: object.bytes.byteLength, modifiedAtMs: object.modifiedAtMs, version: String(object.modifiedAtMs) };
    const prefix = `${uri}/`;
    for (const key of this.#objects.keys()) if (key.startsWith(prefix)) return { uri, isDirectory: true };
    return undefined;
  }

  async *list(uri: string): AsyncIterable<Entry> {
    const prefix = uri.endsWith('/') ? uri : `${uri}/`;
    const names = new Set<string>();
    for (const key of this.#objects.keys()) if (key.startsWith(prefix)) names.add(key.slice(prefix.length).split('/')[0]!);
    for (const name of [...names].sort()) {
      const entry = await this.stat(prefix + name);
      if (entry) yield entry;
    }
  }

  async put(uri: string, bytes: Uint8Array): Promise<void> {
    this.#objects.set(uri, { bytes: new Uint8Array(bytes), modifiedAtMs: ++this.#clockMs });
  }

  async remove(uri: string): Promise<void> {
    for (const key of [...this.#objects.keys()]) if (key === uri || key.startsWith(`${uri}/`)) this.#objects.delete(key);
  }
}
