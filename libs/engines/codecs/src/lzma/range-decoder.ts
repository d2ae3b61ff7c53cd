// LZMA's arithmetic coding ("LZMA specification", Igor Pavlov, "Range Decoder"). Probabilities are of zeros, in 1/2048.
const topValue = 2 ** 24;
const modelBits = 11;
const moveBits = 5;
const half = 1 << (modelBits - 1);

/** Probabilities at their beginning. */
export function freshProbabilities(count: number): Uint16Array {
  return new Uint16Array(count).fill(half);
}

export class RangeDecoder {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #range = 0xffffffff;
  #code = 0;

  /** Reads from `start` to `end`. @throws RangeError if that cannot be the beginning of coded bits. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    if (end - start < 5 || end > bytes.byteLength || bytes[start] !== 0) throw new RangeError('coded bits begin wrongly');
    this.#bytes = bytes;
    this.#end = end;
    for (let at = start + 1; at < start + 5; at++) this.#code = ((this.#code << 8) | bytes[at]!) >>> 0;
    this.#at = start + 5;
  }

  /** Where the next byte is read. */
  get position(): number {
    return this.#at;
  }

  /** Whether what was read may be all. */
  get isAtEnd(): boolean {
    return this.#code === 0;
  }

  bit(probabilities: Uint16Array, index: number): 0 | 1 {
    const probability = probabilities[index]!;
    const bound = Math.imul(this.#range >>> modelBits, probability) >>> 0;
    let bit: 0 | 1;
    if (this.#code < bound) {
      this.#range = bound;
      probabilities[index] = probability + (((1 << modelBits) - probability) >> moveBits);
      bit = 0;
    } else {
      this.#range = (this.#range - bound) >>> 0;
      this.#code = (this.#code - bound) >>> 0;
      probabilities[index] = probability - (probability >> moveBits);
      bit = 1;
    }
    if (this.#range < topValue) this.#shift();
    return bit;
  }

  /** A number of bits that are equally likely. */
  direct(bitCount: number): number {
    let value = 0;
    for (let i = 0; i < bitCount; i++) {
      this.#range >>>= 1;
      if (this.#code >= this.#range) {
        this.#code = (this.#code - this.#range) >>> 0;
        value = (value << 1) | 1;
      } else {
        value <<= 1;
      }
      if (this.#range < topValue) this.#shift();
    }
    return value >>> 0;
  }

  /** A number whose bits depend on those before, highest first; its 2^bitCount probabilities begin at `start`. */
  tree(probabilities: Uint16Array, start: number, bitCount: number): number {
    let node = 1;
    for (let i = 0; i < bitCount; i++) node = (node << 1) | this.bit(probabilities, start + node);
    return node - (1 << bitCount);
  }

  /** The same, lowest bit first. */
  reverseTree(probabilities: Uint16Array, start: number, bitCount: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bitCount; i++) {
      const bit = this.bit(probabilities, start + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  #shift(): void {
    if (this.#at >= this.#end) throw new RangeError('they end too early');
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#bytes[this.#at++]!) >>> 0;
  }
}
