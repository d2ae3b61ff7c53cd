import { TesseraError, type ByteStore, type Call } from '@tessera/domain';
import { damaged } from './damage.ts';

/** Directories are small and lie far apart. */
const blockByteLength = 16 * 1024;
const maxBlocks = 64;
/** Longer reads are not cached: they are lists of places, read once. */
const maxCachedRead = 4 * blockByteLength;

/** Small reads all over one file, through a few blocks that are kept. */
export class ByteWindow {
  readonly byteLength: number;
  readonly #store: ByteStore;
  readonly #uri: string;
  readonly #call: Call | undefined;
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(store: ByteStore, uri: string, byteLength: number, call?: Call) {
    this.byteLength = byteLength;
    this.#store = store;
    this.#uri = uri;
    this.#call = call;
  }

  /** Exactly `byteLength` bytes. @throws TesseraError gone if they are not all in the file. */
  async read(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    if (!(byteOffset >= 0 && byteLength >= 0 && byteOffset + byteLength <= this.byteLength)) {
      throw damaged('it refers to bytes beyond its end, so part of it is missing');
    }
    if (byteLength === 0) return new Uint8Array();
    if (byteLength > maxCachedRead) return this.#fetch(byteOffset, byteLength);
    const first = Math.floor(byteOffset / blockByteLength);
    const last = Math.floor((byteOffset + byteLength - 1) / blockByteLength);
    const start = first * blockByteLength;
    if (first === last) return (await this.#block(first)).subarray(byteOffset - start, byteOffset - start + byteLength);
    const parts: Uint8Array[] = [];
    for (let index = first; index <= last; index++) parts.push(await this.#block(index));
    return Buffer.concat(parts).subarray(byteOffset - start, byteOffset - start + byteLength);
  }

  async #block(index: number): Promise<Uint8Array> {
    const known = this.#blocks.get(index);
    if (known) return known;
    const start = index * blockByteLength;
    const block = await this.#fetch(start, Math.min(blockByteLength, this.byteLength - start));
    this.#blocks.set(index, block);
    if (this.#blocks.size > maxBlocks) this.#blocks.delete(this.#blocks.keys().next().value!);
    return block;
  }

  async #fetch(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    this.#call?.signal?.throwIfAborted();
    const bytes = await this.#store.read(this.#uri, { byteOffset, byteLength }, this.#call);
    if (!bytes) throw new TesseraError('gone', 'The TIFF file is no longer there.');
    if (bytes.byteLength !== byteLength) throw new TesseraError('gone', 'The TIFF file became shorter while it was read.');
    return bytes;
  }
}
