// Text put together as bytes: a cell at a time, without a string for each.
import { isUtf8 } from 'node:buffer';
import { cutPieces, pieceByteLength } from './cut-pieces.ts';

/** What is gathered is handed on from here on; there is room for a little more. */
const fullByteLength = pieceByteLength / 2;

const zero = 48;
const billion = 1_000_000_000;

/** Gathers UTF-8. Its buffer grows with what one row needs. */
export class TextSink {
  bytes: Uint8Array = Buffer.allocUnsafeSlow(pieceByteLength);
  /** Where the next byte goes. */
  at = 0;

  get isFull(): boolean {
    return this.at >= fullByteLength;
  }

  /** Makes room for so many bytes after `at`. */
  reserve(byteLength: number): void {
    if (this.at + byteLength <= this.bytes.byteLength) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.byteLength * 2, this.at + byteLength));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }

  byte(byte: number): void {
    if (this.at === this.bytes.byteLength) this.reserve(1);
    this.bytes[this.at++] = byte;
  }

  /** Text of ASCII only. */
  ascii(text: string): void {
    this.reserve(text.length);
    const { bytes } = this;
    let { at } = this;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.at = at;
  }

  append(source: Uint8Array, start = 0, end = source.byteLength): void {
    this.reserve(end - start);
    if (end - start > 32) this.bytes.set(source.subarray(start, end), this.at);
    else for (let i = start, at = this.at; i < end; i++) this.bytes[at++] = source[i]!;
    this.at += end - start;
  }

  /** A whole number of at most 2^53, in decimal digits. */
  integer(value: number): void {
    this.reserve(20);
    let left = value;
    if (left < 0) {
      this.bytes[this.at++] = 45;
      left = -left;
    }
    if (left < billion) return this.digits(left, digitCount(left));
    const high = Math.floor(left / billion);
    this.digits(high, digitCount(high));
    this.digits(left - high * billion, 9);
  }

  /** So many digits of a whole number below 10^9, zeros in front. */
  digits(value: number, count: number): void {
    this.reserve(count);
    const { bytes } = this;
    let left = value | 0;
    for (let i = this.at + count - 1; i >= this.at; i--) {
      const tenth = (left / 10) | 0;
      bytes[i] = zero + left - tenth * 10;
      left = tenth;
    }
    this.at += count;
  }

  /** What was gathered, in pieces of at most 256 KiB. What is no UTF-8 in the table is replaced. */
  *take(): Generator<Uint8Array> {
    if (this.at === 0) return;
    const gathered = this.bytes.subarray(0, this.at);
    this.bytes = Buffer.allocUnsafeSlow(pieceByteLength);
    this.at = 0;
    yield* cutPieces(wellFormed(gathered));
  }

  /** The bytes gathered, to be used before anything else is; begins anew. */
  reuse(): Uint8Array {
    const gathered = this.bytes.subarray(0, this.at);
    this.at = 0;
    return gathered;
  }
}

/** The same bytes if they are UTF-8. Otherwise what is none is replaced; what is ASCII, and with it the form, stays. */
export function wellFormed(bytes: Uint8Array): Uint8Array {
  return isUtf8(bytes) ? bytes : Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'), 'utf8');
}

/** Decimal digits of a whole number below 10^9 (or 2^53 / 10^9). */
function digitCount(value: number): number {
  let count = 1;
  for (let bound = 10; bound <= value; bound *= 10) count++;
  return count;
}
