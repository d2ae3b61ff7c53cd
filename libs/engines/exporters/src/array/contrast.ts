// Contrast stretch: values between two percentiles become 0…255. Exact, in linear time, without a sorted copy.
import { breathe } from './whole-elements.ts';

/** Elements worked on between two turns for other work. */
const stretchLength = 1 << 20;

/**
 * Grey levels of values: `low` percentile and below is 0, `high` and above 255, linear between.
 * Values that are not finite do not count for the percentiles; NaN is 0. Constant data are all 0.
 */
export async function stretchContrast(values: Float32Array, lowPercent = 1, highPercent = 99): Promise<Uint8Array> {
  const levels = new Uint8Array(values.length);
  const [low, high] = await percentiles(values, [lowPercent, highPercent]);
  if (low === undefined || high === undefined || !(high > low)) return levels;
  const scale = 255 / (high - low);
  for (let start = 0; start < values.length; start += stretchLength) {
    const end = Math.min(start + stretchLength, values.length);
    for (let i = start; i < end; i++) levels[i] = roundHalfToEven(Math.min(Math.max((values[i]! - low) * scale, 0), 255));
    await breathe();
  }
  return levels;
}

/** Half to even, as NumPy rounds; NaN becomes 0 when stored as a byte. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor & 1) : Math.round(value);
}

/** Percentiles of the finite values with linear interpolation between neighbours; undefined if there is none. */
export async function percentiles(values: Float32Array, percents: readonly number[]): Promise<(number | undefined)[]> {
  const order = await OrderStatistics.of(values);
  if (order.count === 0) return percents.map(() => undefined);
  const positions = percents.map((percent) => (percent / 100) * (order.count - 1));
  const ranks = positions.flatMap((position) => [Math.floor(position), Math.ceil(position)]);
  const found = await order.select(ranks);
  return positions.map((position) => {
    const below = found.get(Math.floor(position))!;
    const above = found.get(Math.ceil(position))!;
    return below + (above - below) * (position - Math.floor(position));
  });
}

/**
 * The k-th smallest of many float32 by their bits: read as integers with the sign
 * bit folded, floats sort as integers do. The first pass counts upper halves, the
 * second counts lower halves below the few upper halves that hold a wanted rank.
 */
class OrderStatistics {
  private readonly bits: Uint32Array;
  private readonly upperCounts: Float64Array;
  readonly count: number;

  private constructor(bits: Uint32Array, upperCounts: Float64Array, count: number) {
    this.bits = bits;
    this.upperCounts = upperCounts;
    this.count = count;
  }

  static async of(values: Float32Array): Promise<OrderStatistics> {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const upperCounts = new Float64Array(1 << 16);
    let count = 0;
    await forEachStretch(bits, (key) => {
      upperCounts[key >>> 16]!++;
      count++;
    });
    return new OrderStatistics(bits, upperCounts, count);
  }

  /** Value of each rank, counted from 0. */
  async select(ranks: readonly number[]): Promise<Map<number, number>> {
    const places = ranks.map((rank) => this.upperHalfOf(rank));
    const lowerCounts = new Map(places.map(({ upper }) => [upper, new Float64Array(1 << 16)]));
    await forEachStretch(this.bits, (key) => {
      const counts = lowerCounts.get(key >>> 16);
      if (counts) counts[key & 0xffff]!++;
    });
    return new Map(ranks.map((rank, index) => {
      const { upper, before } = places[index]!;
      const { at } = rankIn(lowerCounts.get(upper)!, rank - before);
      return [rank, floatOfKey(upper * 0x10000 + at)];
    }));
  }

  private upperHalfOf(rank: number): { upper: number; before: number } {
    const { at, before } = rankIn(this.upperCounts, rank);
    return { upper: at, before };
  }
}

/** Where a rank falls in counted bins, and how many lie before that bin. */
function rankIn(counts: Float64Array, rank: number): { at: number; before: number } {
  let before = 0;
  let at = 0;
  while (before + counts[at]! <= rank) before += counts[at++]!;
  return { at, before };
}

/** Calls `take` with the sort key of every finite float. */
async function forEachStretch(bits: Uint32Array, take: (key: number) => void): Promise<void> {
  for (let start = 0; start < bits.length; start += stretchLength) {
    const end = Math.min(start + stretchLength, bits.length);
    for (let i = start; i < end; i++) {
      const word = bits[i]!;
      // Exponent bits all set: infinite or NaN (IEEE 754 binary32).
      if ((word & 0x7f800000) === 0x7f800000) continue;
      take((word & 0x80000000) !== 0 ? ~word >>> 0 : (word | 0x80000000) >>> 0);
    }
    await breathe();
  }
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

function floatOfKey(key: number): number {
  word[0] = (key & 0x80000000) !== 0 ? key & 0x7fffffff : ~key;
  return float[0]!;
}
