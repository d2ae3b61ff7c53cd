// The hybrid of runs and bit-packed groups (Parquet, "Encodings": RLE = 3), read as far as asked.
import { DamagedColumn } from './damaged-column.ts';

export class RleCursor {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #bitWidth: number;
  #at: number;
  #runLeft = 0;
  #runValue = 0;
  #packedLeft = 0;
  /** Of the next packed value. */
  #bitAt = 0;

  /** @param end one past the last byte */
  constructor(bytes: Uint8Array, start: number, end: number, bitWidth: number) {
    if (bitWidth > 32 || end > bytes.byteLength || start > end) throw cutOff();
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#bitWidth = bitWidth;
  }

  /** The next values into `target` from `at` on; returns their sum, which counts the ones of 1-bit values. @throws DamagedColumn if there are fewer. */
  read(target: Uint32Array | Uint8Array, at: number, count: number): number {
    let sum = 0;
    const end = at + count;
    while (at < end) {
      if (this.#runLeft > 0) {
        const length = Math.min(this.#runLeft, end - at);
        target.fill(this.#runValue, at, at + length);
        sum += this.#runValue * length;
        this.#runLeft -= length;
        at += length;
      } else if (this.#packedLeft > 0) {
        const length = Math.min(this.#packedLeft, end - at);
        sum += this.#unpack(target, at, length);
        this.#packedLeft -= length;
        at += length;
      } else this.#nextRun();
    }
    return sum;
  }

  #nextRun(): void {
    let header = 0;
    for (let scale = 1; ; scale *= 128) {
      if (this.#at >= this.#end || scale > 2 ** 28) throw cutOff();
      const byte = this.#bytes[this.#at++]!;
      header += (byte & 127) * scale;
      if (byte < 128) break;
    }
    if (header % 2 === 1) {
      const groupCount = (header - 1) / 2;
      this.#bitAt = this.#at * 8;
      this.#at += groupCount * this.#bitWidth;
      // The last group may be cut to the bytes that hold values.
      const available = this.#bitWidth === 0 ? groupCount * 8 : Math.floor((Math.min(this.#at, this.#end) * 8 - this.#bitAt) / this.#bitWidth);
      this.#packedLeft = Math.min(groupCount * 8, available);
      if (this.#packedLeft === 0) throw cutOff();
      return;
    }
    this.#runLeft = header / 2;
    const byteWidth = (this.#bitWidth + 7) >> 3;
    if (this.#runLeft === 0 || this.#at + byteWidth > this.#end) throw cutOff();
    this.#runValue = 0;
    for (let i = byteWidth - 1; i >= 0; i--) this.#runValue = this.#runValue * 256 + this.#bytes[this.#at + i]!;
    this.#at += byteWidth;
  }

  #unpack(target: Uint32Array | Uint8Array, at: number, count: number): number {
    const bytes = this.#bytes;
    const width = this.#bitWidth;
    let bitAt = this.#bitAt;
    let sum = 0;
    if (width === 8) {
      for (let i = 0, from = bitAt >> 3; i < count; i++) target[at + i] = bytes[from + i]!;
    } else if (width <= 24) {
      const mask = 2 ** width - 1;
      for (let i = 0; i < count; i++, bitAt += width) {
        const from = bitAt >>> 3;
        const value = ((bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24)) >>> (bitAt & 7)) & mask;
        target[at + i] = value;
        sum += value;
      }
    } else {
      for (let i = 0; i < count; i++, bitAt += width) {
        const from = bitAt >>> 3;
        let window = 0;
        for (let byte = 4; byte >= 0; byte--) window = window * 256 + (bytes[from + byte] ?? 0);
        target[at + i] = Math.floor(window / 2 ** (bitAt & 7)) % 2 ** width;
      }
    }
    this.#bitAt += count * width;
    return sum;
  }
}

function cutOff(): DamagedColumn {
  return new DamagedColumn('a page has fewer values than it claims');
}
