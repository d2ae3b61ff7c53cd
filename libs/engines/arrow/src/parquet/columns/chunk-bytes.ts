// The bytes of a column chunk from its start to its end, read in pieces ahead of their use.
import { DamagedColumn } from './damaged-column.ts';

/** @throws if the bytes cannot be had. */
export type ReadBytes = (byteOffset: number, byteLength: number) => Promise<Uint8Array>;

export class ChunkBytes {
  readonly #read: ReadBytes;
  readonly #pieceByteLength: number;
  readonly #end: number;
  #buffered: Uint8Array = new Uint8Array(0);
  /** Where `#buffered` ends, and the next piece starts. */
  #readTo: number;
  #ahead: Promise<Uint8Array> | undefined;

  constructor(read: ReadBytes, byteOffset: number, byteLength: number, pieceByteLength: number) {
    this.#read = read;
    this.#pieceByteLength = pieceByteLength;
    this.#readTo = byteOffset;
    this.#end = byteOffset + byteLength;
  }

  /** Bytes that are left. */
  get leftByteLength(): number {
    return this.#buffered.byteLength + this.#end - this.#readTo;
  }

  /** The next bytes, at least so many, without going past them. @throws DamagedColumn if there are fewer. */
  async peek(byteLength: number): Promise<Uint8Array> {
    if (byteLength > this.leftByteLength) throw new DamagedColumn('a column is cut off');
    const pieces = [this.#buffered];
    let total = this.#buffered.byteLength;
    while (total < byteLength) {
      const piece = await this.#nextPiece(byteLength - total);
      pieces.push(piece);
      total += piece.byteLength;
    }
    if (pieces.length > 1) this.#buffered = this.#buffered.byteLength === 0 && pieces.length === 2 ? pieces[1]! : joined(pieces, total);
    return this.#buffered;
  }

  /** Goes past bytes, which need not have been read. */
  consume(byteLength: number): void {
    if (byteLength > this.leftByteLength) throw new DamagedColumn('a column is cut off');
    const beyond = byteLength - this.#buffered.byteLength;
    this.#buffered = this.#buffered.subarray(Math.min(byteLength, this.#buffered.byteLength));
    if (beyond > 0) {
      // What is being read ahead is of the bytes that are passed over.
      this.#ahead?.catch(() => undefined);
      this.#ahead = undefined;
      this.#readTo += beyond;
    }
  }

  /** Starts to read what comes next. */
  readAhead(): void {
    if (this.#ahead || this.#readTo >= this.#end || this.#buffered.byteLength >= this.#pieceByteLength) return;
    this.#ahead = this.#read(this.#readTo, Math.min(this.#pieceByteLength, this.#end - this.#readTo));
    this.#ahead.catch(() => undefined);
  }

  async #nextPiece(leastByteLength: number): Promise<Uint8Array> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const piece = await (ahead ?? this.#read(this.#readTo, Math.min(Math.max(leastByteLength, this.#pieceByteLength), this.#end - this.#readTo)));
    this.#readTo += piece.byteLength;
    return piece;
  }
}

function joined(pieces: readonly Uint8Array[], byteLength: number): Uint8Array {
  const whole = new Uint8Array(byteLength);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
