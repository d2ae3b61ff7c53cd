import { TesseraError, type ByteStore, type Call } from '@tessera/domain';
import { damaged } from './damage.ts';
import { maxStructureByteLength } from './limits.ts';

const blockByteLength = 64 * 1024;
/** 16 MiB of blocks: the metadata of most files, and a bound for the rest. */
const maxBlocks = 256;
/** Longer reads are not cached: they are chunk index pages and raw data, read once. */
const maxCachedRead = 8 * blockByteLength;

/** Small reads all over one file, through a bounded cache of blocks. */
export class MetadataReader {
  #byteLength: number;
  readonly #store: ByteStore;
  readonly #uri: string;
  readonly #call: Call | undefined;
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(store: ByteStore, uri: string, byteLength: number, call?: Call) {
    this.#byteLength = byteLength;
    this.#store = store;
    this.#uri = uri;
    this.#call = call;
  }

  /** Of the file as it was when it was opened, or last looked at. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Forgets what was read, and takes the file for as long as it is now: somebody writes to it. */
  async lookAgain(): Promise<void> {
    const entry = await this.#store.stat(this.#uri, this.#call);
    this.#blocks.clear();
    this.#byteLength = entry?.byteLength ?? 0;
  }

  /** Exactly `byteLength` bytes. @throws TesseraError gone if they are not all in the file. */
  async read(position: number, byteLength: number): Promise<Uint8Array> {
    if (byteLength > maxStructureByteLength) throw damaged(`it holds a structure of ${byteLength} bytes`);
    if (!(position >= 0 && byteLength >= 0 && position + byteLength <= this.byteLength)) {
      throw damaged('it refers to bytes beyond its end, so part of it is missing');
    }
    if (byteLength === 0) return new Uint8Array();
    return byteLength > maxCachedRead ? this.#fetch(position, byteLength) : this.#readCached(position, byteLength);
  }

  /** As many of the bytes as the file has. */
  async readUpTo(position: number, maxByteLength: number): Promise<Uint8Array> {
    return this.read(position, Math.min(maxByteLength, Math.max(0, this.byteLength - position)));
  }

  async #readCached(position: number, byteLength: number): Promise<Uint8Array> {
    const first = Math.floor(position / blockByteLength);
    const last = Math.floor((position + byteLength - 1) / blockByteLength);
    if (first === last) {
      const start = position - first * blockByteLength;
      return (await this.#block(first)).subarray(start, start + byteLength);
    }
    const result = new Uint8Array(byteLength);
    for (let index = first; index <= last; index++) {
      const block = await this.#block(index);
      const start = index * blockByteLength;
      const from = Math.max(position, start);
      const to = Math.min(position + byteLength, start + block.byteLength);
      result.set(block.subarray(from - start, to - start), from - position);
    }
    return result;
  }

  async #block(index: number): Promise<Uint8Array> {
    const known = this.#blocks.get(index);
    if (known) {
      // Moved to the end: a Map keeps order, so the first is the one unused for longest.
      this.#blocks.delete(index);
      this.#blocks.set(index, known);
      return known;
    }
    const start = index * blockByteLength;
    const block = await this.#fetch(start, Math.min(blockByteLength, this.byteLength - start));
    this.#blocks.set(index, block);
    if (this.#blocks.size > maxBlocks) this.#blocks.delete(this.#blocks.keys().next().value!);
    return block;
  }

  async #fetch(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    this.#call?.signal?.throwIfAborted();
    const bytes = await this.#store.read(this.#uri, { byteOffset, byteLength }, this.#call);
    if (!bytes) throw new TesseraError('gone', 'The HDF5 file is no longer there.');
    if (bytes.byteLength !== byteLength) throw new TesseraError('gone', 'The HDF5 file became shorter while it was read.');
    return bytes;
  }
}
