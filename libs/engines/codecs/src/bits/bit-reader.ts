import { TesseraError } from '@tessera/domain';

/** Reads bits from the highest of the first byte on. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #codec: string;
  #next: number;
  /** The bits that were taken from the bytes and not yet given, in the low end. */
  #held = 0;
  #heldCount = 0;

  constructor(bytes: Uint8Array, codec: string, byteOffset = 0) {
    this.#bytes = bytes;
    this.#codec = codec;
    this.#next = byteOffset;
  }

  /** The next 0 to 32 bits as an unsigned number. @throws TesseraError gone if there are not as many. */
  read(count: number): number {
    if (count > 24) return this.read(count - 16) * 65536 + this.read(16);
    if (this.#heldCount < count) this.#fill(count);
    this.#heldCount -= count;
    return (this.#held >>> this.#heldCount) & ((1 << count) - 1);
  }

  /** How many zeros come before the next one, which is skipped. @throws TesseraError gone if there is none. */
  readUnary(): number {
    let zeros = 0;
    for (;;) {
      const leading = this.#heldCount === 0 ? 32 : Math.clz32(this.#held << (32 - this.#heldCount));
      if (leading < this.#heldCount) {
        this.#heldCount -= leading + 1;
        return zeros + leading;
      }
      zeros += this.#heldCount;
      this.#heldCount = 0;
      this.#fill(1);
    }
  }

  #fill(count: number): void {
    while (this.#heldCount <= 24 && this.#next < this.#bytes.byteLength) {
      this.#held = (this.#held << 8) | this.#bytes[this.#next++]!;
      this.#heldCount += 8;
    }
    if (this.#heldCount >= count) return;
    throw new TesseraError('gone', `A chunk of these data could not be decoded (${this.#codec}): it is cut off.`, { codec: this.#codec });
  }
}
