// Percentiles, exact and in linear time, without a sorted copy.
import { breathe } from '../whole-elements.ts';
import type { Samples } from './samples.ts';
import { giveBackScratch, lendScratch } from './scratch.ts';

/** Elements worked on between two turns for other work. */
const stretchLength = 1 << 20;

/** Values in ascending order, known by their rank. */
interface OrderStatistics {
  /** How many values count. */
  readonly count: number;
  /** Memory that is to be given back. */
  readonly counts: Uint32Array[];
  /** Value of each rank, counted from 0. */
  select(ranks: readonly number[]): Promise<ReadonlyMap<number, number>>;
}

/**
 * Percentiles of the finite values, with linear interpolation between neighbours as NumPy's
 * default; undefined if there is no finite value.
 */
export async function percentiles(samples: Samples, percents: readonly number[]): Promise<(number | undefined)[]> {
  const order = samples.kind === 'words' ? await orderOfWords(samples.words, samples.offset) : await orderOfFloats(samples.values);
  if (order.count === 0) return percents.map(() => undefined);
  const positions = percents.map((percent) => (percent / 100) * (order.count - 1));
  const found = await order.select(positions.flatMap((position) => [Math.floor(position), Math.ceil(position)]));
  for (const { buffer } of order.counts) giveBackScratch(buffer);
  return positions.map((position) => {
    const below = found.get(Math.floor(position))!;
    const above = found.get(Math.ceil(position))!;
    return below + (above - below) * (position - Math.floor(position));
  });
}

async function orderOfWords(words: Uint16Array | Uint8Array, offset: number): Promise<OrderStatistics> {
  const counts = lendCounts();
  await inStretches(words.length, (start, end) => {
    for (let i = start; i < end; i++) counts[words[i]!]!++;
  });
  return { count: words.length, counts: [counts], select: async (ranks) => new Map(ranks.map((rank) => [rank, rankIn(counts, rank).at - offset])) };
}

/**
 * Floats by their bits: read as integers with the sign bit folded, they sort as integers do.
 * The first pass counts upper halves, the second counts lower halves below the few upper
 * halves that hold a wanted rank.
 */
async function orderOfFloats(values: Float32Array): Promise<OrderStatistics> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const upperCounts = lendCounts();
  let zeroCount = 0;
  await inStretches(bits.length, (start, end) => {
    let zeros = 0;
    for (let i = start; i < end; i++) {
      const word = bits[i]! | 0;
      upperCounts[sortKey(word) >>> 16]!++;
      // 1 for 0 alone, without a branch: zeros are often strewn over a frame.
      zeros += ((word | -word) >>> 31) ^ 1;
    }
    zeroCount += zeros;
  });
  // Infinities and NaN have all bits of the exponent set (IEEE 754 binary32): they sort first and last.
  upperCounts.fill(0, 0, firstFinite).fill(0, firstBeyond);
  let count = 0;
  for (let upper = firstFinite; upper < firstBeyond; upper++) count += upperCounts[upper]!;
  const counts = [upperCounts];
  return { count, counts, select: (ranks) => selectFloats(bits, counts, zeroCount, ranks) };
}

/** Upper halves of the keys of finite values lie between these. */
const firstFinite = 0x0080;
const firstBeyond = 0xff80;
/** That of 0, and of the smallest numbers above. */
const zeroUpper = 0x8000;

/** `tables` holds the counts of upper halves; those of lower ones are added to it. */
async function selectFloats(bits: Uint32Array, tables: Uint32Array[], zeroCount: number, ranks: readonly number[]): Promise<Map<number, number>> {
  const upperCounts = tables[0]!;
  const places = ranks.map((rank) => rankIn(upperCounts, rank));
  const lowerCounts = new Map<number, Uint32Array>();
  for (const { at: upper } of places) {
    if (lowerCounts.has(upper)) continue;
    const counts = lendCounts();
    lowerCounts.set(upper, counts);
    tables.push(counts);
    if (upper === zeroUpper && zeroCount === upperCounts[zeroUpper]) {
      counts[0] = zeroCount;
      continue;
    }
    await inStretches(bits.length, (start, end) => {
      for (let i = start; i < end; i++) {
        const key = sortKey(bits[i]!);
        if (key >>> 16 === upper) counts[key & 0xffff]!++;
      }
    });
  }
  return new Map(ranks.map((rank, index) => {
    const { at: upper, before } = places[index]!;
    const { at: lower } = rankIn(lowerCounts.get(upper)!, rank - before);
    return [rank, floatOfKey(upper * 0x10000 + lower)];
  }));
}

/** Negative floats have all bits turned round, others the sign bit only. */
function sortKey(word: number): number {
  return (word ^ ((word >> 31) | 0x80000000)) >>> 0;
}

/** Where a rank falls in counted bins, and how many lie before that bin. */
function rankIn(counts: Uint32Array, rank: number): { at: number; before: number } {
  let before = 0;
  let at = 0;
  while (before + counts[at]! <= rank) before += counts[at++]!;
  return { at, before };
}

/** Work on elements from `start` to `end`, with turns for others between. */
export async function inStretches(length: number, work: (start: number, end: number) => void): Promise<void> {
  for (let start = 0; start < length; start += stretchLength) {
    if (start > 0) await breathe();
    work(start, Math.min(start + stretchLength, length));
  }
}

/** One count for each of 16 bits, all 0. */
function lendCounts(): Uint32Array {
  return new Uint32Array(lendScratch(4 << 16), 0, 1 << 16).fill(0);
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

function floatOfKey(key: number): number {
  word[0] = (key & 0x80000000) !== 0 ? key & 0x7fffffff : ~key;
  return float[0]!;
}
