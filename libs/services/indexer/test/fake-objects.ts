import { TesseraError, isOtherSource, staleSource, type Entry, type ReadRange, type Snapshot, type VersionedByteStore } from '@tessera/domain';

/** Objects as of an S3 server, all written in the same second: only their tags tell them apart. */
export class FakeObjects implements VersionedByteStore {
  isAway = false;
  /** Called before each read. */
  onRead: (uri: string) => void = () => undefined;
  readonly #objects = new Map<string, { readonly bytes: Uint8Array; readonly etag: string }>();
  #written = 0;

  put(uri: string, bytes: Uint8Array): void {
    this.#objects.set(uri, { bytes, etag: `"${++this.#written}"` });
  }

  async read(uri: string, range?: ReadRange): Promise<Uint8Array | undefined> {
    return (await this.readSnapshot(uri, range))?.bytes;
  }

  async readSnapshot(uri: string, range?: ReadRange): Promise<Snapshot | undefined> {
    this.onRead(uri);
    const entry = await this.stat(uri);
    if (!entry || entry.isDirectory) return undefined;
    if (range?.expected && isOtherSource(range.expected, entry)) throw staleSource();
    const { byteOffset = 0, byteLength = Infinity } = range ?? {};
    return { bytes: this.#objects.get(uri)!.bytes.slice(byteOffset, byteOffset + byteLength), entry };
  }

  async stat(uri: string): Promise<Entry | undefined> {
    if (this.isAway) throw new TesseraError('unavailable', 'The storage does not answer. Try again.');
    const object = this.#objects.get(uri);
    if (object) return { uri, isDirectory: false, byteLength: object.bytes.byteLength, modifiedAtMs: 1000, etag: object.etag, version: object.etag };
    return [...this.#objects.keys()].some((key) => key.startsWith(`${uri}/`)) ? { uri, isDirectory: true } : undefined;
  }

  async *list(uri: string): AsyncIterable<Entry> {
    const names = new Set([...this.#objects.keys()].filter((key) => key.startsWith(`${uri}/`)).map((key) => key.slice(uri.length + 1).split('/')[0]!));
    for (const name of [...names].sort()) yield (await this.stat(`${uri}/${name}`))!;
  }
}
