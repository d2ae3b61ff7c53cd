import { TesseraError } from '@tessera/domain';

const lineFeed = 0x0a;
/** Longest line that is read: a file without line ends must not be drawn into memory. */
const maxLineByteLength = 8 * 2 ** 20;

export interface TextLine {
  /** Without its line end; valid until the next piece. */
  readonly bytes: Uint8Array;
  /** Where the next line starts, in bytes from the start of what was pushed in all. */
  readonly endByteOffset: number;
}

/** Cuts bytes at line feeds. */
export class LineSplitter {
  #rest: Uint8Array = new Uint8Array(0);
  #restByteOffset = 0;

  /**
   * Takes the next bytes; gives every line that is complete by now, and with `isLast` what is left.
   * @throws TesseraError gone if a line is too long.
   */
  *push(piece: Uint8Array, isLast: boolean): Generator<TextLine> {
    const bytes = this.#rest.byteLength === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const base = this.#restByteOffset;
    let at = 0;
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, at)) {
      yield { bytes: bytes.subarray(at, end), endByteOffset: base + end + 1 };
      at = end + 1;
    }
    if (isLast && at < bytes.byteLength) {
      yield { bytes: bytes.subarray(at), endByteOffset: base + bytes.byteLength };
      at = bytes.byteLength;
    }
    if (bytes.byteLength - at > maxLineByteLength) {
      throw new TesseraError('gone', `The file cannot be read: the line at byte ${base + at} is longer than ${maxLineByteLength / 2 ** 20} MiB.`);
    }
    // A copy, because the caller may reuse its buffer.
    this.#rest = new Uint8Array(bytes.subarray(at));
    this.#restByteOffset = base + at;
  }
}
