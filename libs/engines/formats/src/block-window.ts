import { TesseraError, type ByteStore, type Call } from '@tessera/domain';

export interface BlockWindowOptions {
  readonly blockByteLength: number;
  /** Blocks that are kept. */
  readonly maxBlocks: number;
  /** Longer reads are not kept: they are lists of places, or data, read once. */
  readonly maxCachedRead: number;
  /** As users know it: "TIFF". */
  readonly formatName: string;
}

/** Small reads all over one file, through a few blocks that are kept. Holds no handle. */
export class BlockWindow {
  #byteLength: number;
  readonly #store: ByteStore;
  readonly #uri: string;
  readonly #call: Call | undefined;
  readonly #options: BlockWindowOptions;
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(store: ByteStore, uri: string, byteLength: number, options: BlockWindowOptions, call?: Call) {
    this.#byteLength = byteLength;
    this.#store = store;
    this.#uri = uri;
    this.#options = options;
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
  async read(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    if (!(byteOffset >= 0 && byteLength >= 0 && byteOffset + byteLength <= this.byteLength)) {
      throw new TesseraError('gone', `The ${this.#options.formatName} file is damaged: it refers to bytes beyond its end, so part of it is missing.`);
    }
    if (byteLength === 0) return new Uint8Array();
    return byteLength > this.#options.maxCachedRead ? this.#fetch(byteOffset, byteLength) : this.#readCached(byteOffset, byteLength);
  }

  async #readCached(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    const { blockByteLength } = this.#options;
    const first = Math.floor(byteOffset / blockByteLength);
    const last = Math.floor((byteOffset + byteLength - 1) / blockByteLength);
    const start = byteOffset - first * blockByteLength;
    if (first === last) return (await this.#block(first)).subarray(start, start + byteLength);
    const result = new Uint8Array(byteLength);
    for (let index = first, to = 0; index <= last; index++) {
      const block = await this.#block(index);
      const part = index === first ? block.subarray(start) : block.subarray(0, byteLength - to);
      result.set(part, to);
      to += part.byteLength;
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
    const { blockByteLength, maxBlocks } = this.#options;
    const start = index * blockByteLength;
    const block = await this.#fetch(start, Math.min(blockByteLength, this.byteLength - start));
    this.#blocks.set(index, block);
    if (this.#blocks.size > maxBlocks) this.#blocks.delete(this.#blocks.keys().next().value!);
    return block;
  }

  async #fetch(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    this.#call?.signal?.throwIfAborted();
    const { formatName } = this.#options;
    const bytes = await this.#store.read(this.#uri, { byteOffset, byteLength }, this.#call);
    if (!bytes) throw new TesseraError('gone', `The ${formatName} file is no longer there.`);
    if (bytes.byteLength !== byteLength) throw new TesseraError('gone', `The ${formatName} file became shorter while it was read.`);
    return bytes;
  }
}
