// LZMA itself: literals, and matches with what came out before ("LZMA specification", Igor Pavlov).
import type { GrowingOutput } from './growing-output.ts';
import { freshProbabilities, type RangeDecoder } from './range-decoder.ts';

/** How many bits of the byte before, of the position for literals, and of the position choose probabilities. */
export interface LzmaProperties {
  readonly lc: number;
  readonly lp: number;
  readonly pb: number;
}

/** @throws RangeError */
export function parseProperties(byte: number): LzmaProperties {
  if (byte >= 9 * 5 * 5) throw new RangeError('properties are wrong');
  return { lc: byte % 9, lp: Math.floor(byte / 9) % 5, pb: Math.floor(byte / 45) };
}

const stateCount = 12;
const minMatchLength = 2;
/** Distances from this slot on have bits that are equally likely. */
const firstDirectSlot = 14;
const alignBits = 4;

/** Lengths of matches, less the shortest. */
class LengthDecoder {
  readonly #choice = freshProbabilities(2);
  readonly #low = freshProbabilities(16 << 3);
  readonly #middle = freshProbabilities(16 << 3);
  readonly #high = freshProbabilities(256);

  next(range: RangeDecoder, positionState: number): number {
    if (range.bit(this.#choice, 0) === 0) return range.tree(this.#low, positionState << 3, 3);
    if (range.bit(this.#choice, 1) === 0) return 8 + range.tree(this.#middle, positionState << 3, 3);
    return 16 + range.tree(this.#high, 0, 8);
  }
}

/** What is known from the symbols so far. A reset makes a new one. */
export class LzmaDecoder {
  readonly #properties: LzmaProperties;
  readonly #literals: Uint16Array;
  readonly #isMatch = freshProbabilities(stateCount << 4);
  readonly #isRepeat = freshProbabilities(stateCount);
  readonly #isRepeat0 = freshProbabilities(stateCount);
  readonly #isRepeat1 = freshProbabilities(stateCount);
  readonly #isRepeat2 = freshProbabilities(stateCount);
  readonly #isLongRepeat0 = freshProbabilities(stateCount << 4);
  readonly #slots = freshProbabilities(4 << 6);
  readonly #distances = freshProbabilities(128);
  readonly #align = freshProbabilities(1 << alignBits);
  readonly #matchLength = new LengthDecoder();
  readonly #repeatLength = new LengthDecoder();
  #state = 0;
  #repeats: [number, number, number, number] = [0, 0, 0, 0];

  constructor(properties: LzmaProperties) {
    this.#properties = properties;
    this.#literals = freshProbabilities(0x300 << (properties.lc + properties.lp));
  }

  /**
   * Decodes until `output` has `end` bytes; what came out from `start` on may be looked back at. Returns whether a mark
   * ended it before. @throws RangeError for what cannot be.
   */
  decode(range: RangeDecoder, output: GrowingOutput, start: number, end: number): boolean {
    const positionMask = (1 << this.#properties.pb) - 1;
    while (output.length < end) {
      const positionState = (output.length - start) & positionMask;
      if (range.bit(this.#isMatch, (this.#state << 4) + positionState) === 0) {
        output.reserve(1);
        this.#literal(range, output, start);
        continue;
      }
      let length = 1;
      if (range.bit(this.#isRepeat, this.#state) === 1) {
        if (this.#chooseRepeat(range, positionState)) {
          length = this.#repeatLength.next(range, positionState) + minMatchLength;
          this.#state = this.#state < 7 ? 8 : 11;
        } else {
          this.#state = this.#state < 7 ? 9 : 11;
        }
      } else {
        length = this.#matchLength.next(range, positionState) + minMatchLength;
        const [first, second, third] = this.#repeats;
        const distance = this.#distance(range, length - minMatchLength);
        this.#repeats = [distance, first, second, third];
        this.#state = this.#state < 7 ? 7 : 10;
        if (distance === 0xffffffff) return true;
      }
      this.#copy(output, start, end, length);
    }
    return false;
  }

  #literal(range: RangeDecoder, output: GrowingOutput, start: number): void {
    const { lc, lp } = this.#properties;
    const { bytes, length } = output;
    const before = length > start ? bytes[length - 1]! : 0;
    const base = 0x300 * ((((length - start) & ((1 << lp) - 1)) << lc) + (before >> (8 - lc)));
    let symbol = 1;
    if (this.#state >= 7) {
      const from = length - this.#repeats[0] - 1;
      if (from < start) throw new RangeError('they refer to what is before the beginning');
      for (let matched = bytes[from]!; symbol < 0x100; matched <<= 1) {
        const matchBit = (matched >> 7) & 1;
        const bit = range.bit(this.#literals, base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== matchBit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | range.bit(this.#literals, base + symbol);
    bytes[length] = symbol & 0xff;
    output.length = length + 1;
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  /** Puts the distance that is used again first. Returns whether a length follows: otherwise it is one byte at the last distance. */
  #chooseRepeat(range: RangeDecoder, positionState: number): boolean {
    if (range.bit(this.#isRepeat0, this.#state) === 0) return range.bit(this.#isLongRepeat0, (this.#state << 4) + positionState) === 1;
    const [first, second, third, fourth] = this.#repeats;
    if (range.bit(this.#isRepeat1, this.#state) === 0) this.#repeats = [second, first, third, fourth];
    else if (range.bit(this.#isRepeat2, this.#state) === 0) this.#repeats = [third, first, second, fourth];
    else this.#repeats = [fourth, first, second, third];
    return true;
  }

  #distance(range: RangeDecoder, length: number): number {
    const slot = range.tree(this.#slots, Math.min(length, 3) << 6, 6);
    if (slot < 4) return slot;
    const bitCount = (slot >> 1) - 1;
    const base = ((2 | (slot & 1)) << bitCount) >>> 0;
    if (slot < firstDirectSlot) return base + range.reverseTree(this.#distances, base - slot, bitCount);
    return (base + range.direct(bitCount - alignBits) * (1 << alignBits) + range.reverseTree(this.#align, 0, alignBits)) >>> 0;
  }

  #copy(output: GrowingOutput, start: number, end: number, length: number): void {
    const from = output.length - this.#repeats[0] - 1;
    if (from < start) throw new RangeError('they refer to what is before the beginning');
    if (output.length + length > end) throw new RangeError('a match goes beyond the end');
    output.reserve(length);
    const { bytes } = output;
    // The match may overlap what it makes.
    for (let i = 0, to = output.length; i < length; i++) bytes[to + i] = bytes[from + i]!;
    output.length += length;
  }
}
