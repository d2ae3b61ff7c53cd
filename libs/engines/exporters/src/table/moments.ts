// Counts of a unit since the epoch as seconds and what is left of one, without big integers: they take most of the time
// that text takes.
import type { Data } from '@tessera/arrow';

/** Units in a second, by Arrow's number of the unit: s, ms, us, ns. */
const perSecondOf = [1, 1_000, 1_000_000, 1_000_000_000] as const;
export const secondsPerDay = 86_400;

/** The moment read last. */
export class Moments {
  /** Whole seconds since the epoch, rounded down. */
  seconds = 0;
  /** Billionths of a second, never negative. */
  nanoseconds = 0;
  readonly read: (row: number) => void;

  /** @param unit Arrow's number of it: s, ms, us, ns. */
  constructor(data: Data, unit: number) {
    const perSecond = perSecondOf[unit]!;
    const toNanoseconds = 1_000_000_000 / perSecond;
    const { values } = data;
    if (values instanceof BigInt64Array) {
      const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
      this.read = (row) => this.#split(words[row * 2]!, words[row * 2 + 1]!, perSecond, toNanoseconds);
    } else {
      const counts = values as Int32Array;
      this.read = (row) => {
        const count = counts[row]!;
        this.seconds = Math.floor(count / perSecond);
        this.nanoseconds = (count - this.seconds * perSecond) * toNanoseconds;
      };
    }
  }

  #split(low: number, high: number, perSecond: number, toNanoseconds: number): void {
    const count = high * 2 ** 32 + (low >>> 0);
    // The count is rounded, so the quotient may be one off; the remainder is exact in its lower 32 bits.
    let seconds = Math.floor(count / perSecond);
    let rest = perSecond === 1 ? 0 : (low - Math.imul(seconds % 2 ** 32 | 0, perSecond)) | 0;
    for (; rest < 0; rest += perSecond) seconds--;
    for (; rest >= perSecond; rest -= perSecond) seconds++;
    this.seconds = seconds;
    this.nanoseconds = rest * toNanoseconds;
  }
}
