import type { BitReader } from './bit-reader.ts';

const maxCodeLength = 20;

/** A canonical Huffman code, by the lengths of its codes. */
export class HuffmanCode {
  /** By code length: the code after the last, and what turns a code into a place among the symbols. */
  readonly #ends = new Int32Array(maxCodeLength + 1);
  readonly #shifts = new Int32Array(maxCodeLength + 1);
  readonly #symbols: Uint16Array;

  constructor(lengths: readonly number[]) {
    this.#symbols = new Uint16Array(lengths.length);
    let code = 0;
    let place = 0;
    for (let length = 1; length <= maxCodeLength; length++) {
      this.#shifts[length] = place - code;
      lengths.forEach((found, symbol) => {
        if (found !== length) return;
        this.#symbols[place++] = symbol;
        code++;
      });
      this.#ends[length] = code;
      code <<= 1;
    }
  }

  /** @throws RangeError for a code that is none. */
  read(reader: BitReader): number {
    let code = 0;
    for (let length = 1; length <= maxCodeLength; length++) {
      code = (code << 1) | reader.bit();
      if (code < this.#ends[length]!) return this.#symbols[code + this.#shifts[length]!]!;
    }
    throw new RangeError('a code is none');
  }
}

/** The lengths of a code's codes: the first, then for each symbol steps up or down. */
export function readCodeLengths(reader: BitReader, symbolCount: number): number[] {
  const lengths: number[] = [];
  let length = reader.bits(5);
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    while (reader.bit() === 1) length += reader.bit() === 1 ? -1 : 1;
    if (length < 1 || length > maxCodeLength) throw new RangeError('the length of a code is none');
    lengths.push(length);
  }
  return lengths;
}
