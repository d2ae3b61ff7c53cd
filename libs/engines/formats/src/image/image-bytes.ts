import { TesseraError, type ByteStore, type Call } from '@tessera/domain';

const blockByteLength = 64 * 1024;

/** The beginning of a file, read forwards in blocks as far as its markers lead. */
export class ImageBytes {
  readonly byteLength: number;
  readonly #store: ByteStore;
  readonly #uri: string;
  readonly #call: Call | undefined;
  #block = new Uint8Array();
  #blockOffset = 0;

  constructor(store: ByteStore, uri: string, byteLength: number, call?: Call) {
    this.byteLength = byteLength;
    this.#store = store;
    this.#uri = uri;
    this.#call = call;
  }

  /** Exactly `byteLength` bytes, at most a block. @throws TesseraError gone if they are not all in the file. */
  async read(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    if (byteLength > blockByteLength || byteOffset + byteLength > this.byteLength) throw cutOff();
    const isHere = byteOffset >= this.#blockOffset && byteOffset + byteLength <= this.#blockOffset + this.#block.byteLength;
    if (!isHere) await this.#fetch(byteOffset);
    const start = byteOffset - this.#blockOffset;
    if (start + byteLength > this.#block.byteLength) throw cutOff();
    return this.#block.subarray(start, start + byteLength);
  }

  async #fetch(byteOffset: number): Promise<void> {
    this.#call?.signal?.throwIfAborted();
    const bytes = await this.#store.read(this.#uri, { byteOffset, byteLength: blockByteLength }, this.#call);
    if (!bytes) throw new TesseraError('gone', 'The file is no longer there.');
    this.#block = new Uint8Array(bytes);
    this.#blockOffset = byteOffset;
  }
}

function cutOff(): TesseraError {
  return new TesseraError('gone', 'The image file is cut off within its header.');
}
