/** Bits of a byte string, the most significant of each byte first; past the end it throws. */
export class BitReader {
  #at = 0;
  #held = 0;
  #heldBits = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Up to 24 bits as a number. */
  bits(count: number): number {
    while (this.#heldBits < count) {
      if (this.#at >= this.#bytes.byteLength) throw new RangeError('the data end too early');
      this.#held = ((this.#held << 8) | this.#bytes[this.#at++]!) & 0x7fffffff;
      this.#heldBits += 8;
    }
    this.#heldBits -= count;
    return (this.#held >>> this.#heldBits) & ((1 << count) - 1);
  }

  bit(): number {
    return this.bits(1);
  }

  u32(): number {
    return this.bits(16) * 0x10000 + this.bits(16);
  }

  /** Leaves out what is left of a byte; whether bytes follow. */
  goToNextByte(): boolean {
    this.#heldBits -= this.#heldBits % 8;
    return this.#heldBits > 0 || this.#at < this.#bytes.byteLength;
  }
}
