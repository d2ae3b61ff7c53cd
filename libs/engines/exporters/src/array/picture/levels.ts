// Numbers to levels 0…255: the values between two bounds, by a scale.
import type { LevelBound, PictureScale, PictureStyle } from '@tessera/domain';
import { inStretches, percentiles } from './percentiles.ts';
import type { Samples } from './samples.ts';
import { lendScratch } from './scratch.ts';

/**
 * The level of every sample: the lower bound and below is 0, the upper and above 255, between them by the scale,
 * rounded half to even as NumPy does. NaN is 0. Values that are all alike are all 0.
 * The memory is to be given back.
 */
export async function levelsOf(samples: Samples, { low, high, scale }: Pick<PictureStyle, 'low' | 'high' | 'scale'>): Promise<Uint8Array> {
  const length = samples.kind === 'words' ? samples.words.length : samples.values.length;
  // Clamped arrays round half to even, hold what is beyond 0…255 at its ends, and take NaN as 0.
  const levels = new Uint8ClampedArray(lendScratch(length), 0, length);
  const found = await boundsOf(samples, low, high);
  const bounds = found && (await scaledBounds(samples, found, scale));
  if (bounds && bounds.high > bounds.low) {
    if (samples.kind === 'words') await fillFromTable(levels, samples.words, levelTable(bounds, scale, samples.offset));
    else await fillFromValues(levels, samples.values, bounds, scale);
  } else {
    levels.fill(0);
  }
  return new Uint8Array(levels.buffer, 0, length);
}

/** The level of every word there is. */
function levelTable(bounds: Bounds, scale: PictureScale, offset: number): Uint8ClampedArray {
  const toLevel = levelFunction(bounds, scale);
  const table = new Uint8ClampedArray(1 << 16);
  for (let word = 0; word < table.length; word++) table[word] = toLevel(word - offset);
  return table;
}

function fillFromTable(levels: Uint8ClampedArray, words: Uint16Array | Uint8Array, table: Uint8ClampedArray): Promise<void> {
  return inStretches(levels.length, (start, end) => {
    for (let i = start; i < end; i++) levels[i] = table[words[i]!]!;
  });
}

/** A number below 2³¹ added to this is rounded half to even, and its last bits are then the integer (IEEE 754 binary64); NaN has none of them set. */
const roundingTerm = 1.5 * 2 ** 52;
const rounded = new Float64Array(1);
const roundedBits = new Uint32Array(rounded.buffer);

function fillFromValues(levels: Uint8ClampedArray, values: Float32Array, bounds: Bounds, scale: PictureScale): Promise<void> {
  if (scale === 'linear') {
    // Written out: a call an element would take four times as long. A clamped array rounds by itself, in three times as long.
    const { low } = bounds;
    const slope = 255 / (bounds.high - low);
    const pixels = new Uint8Array(levels.buffer, levels.byteOffset, levels.length);
    return inStretches(levels.length, (start, end) => {
      for (let i = start; i < end; i++) {
        const level = (values[i]! - low) * slope;
        rounded[0] = (level < 0 ? 0 : level > 255 ? 255 : level) + roundingTerm;
        pixels[i] = roundedBits[0]!;
      }
    });
  }
  const toLevel = levelFunction(bounds, scale);
  return inStretches(levels.length, (start, end) => {
    for (let i = start; i < end; i++) levels[i] = toLevel(values[i]!);
  });
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Undefined if no value is finite, or the bounds are no range. */
async function boundsOf(samples: Samples, low: LevelBound, high: LevelBound): Promise<Bounds | undefined> {
  const percents = [low, high].flatMap((bound) => ('percentile' in bound ? [bound.percentile] : []));
  const found = percents.length > 0 ? await percentiles(samples, percents) : [];
  const valueOf = (bound: LevelBound) => ('value' in bound ? bound.value : found.shift());
  const from = valueOf(low);
  const to = valueOf(high);
  return from === undefined || to === undefined || !(to > from) ? undefined : { low: from, high: to };
}

/** Of a logarithm the lower bound is at least the smallest value that has one. */
async function scaledBounds(samples: Samples, { low, high }: Bounds, scale: PictureScale): Promise<Bounds> {
  if (scale !== 'log' || low > 0) return { low, high };
  let smallest = Infinity;
  if (samples.kind === 'words') {
    const { words, offset } = samples;
    await inStretches(words.length, (start, end) => {
      for (let i = start; i < end; i++) if (words[i]! - offset > 0 && words[i]! - offset < smallest) smallest = words[i]! - offset;
    });
  } else {
    const { values } = samples;
    await inStretches(values.length, (start, end) => {
      for (let i = start; i < end; i++) if (values[i]! > 0 && values[i]! < smallest) smallest = values[i]!;
    });
  }
  return { low: smallest, high };
}

function levelFunction({ low, high }: Bounds, scale: PictureScale): (value: number) => number {
  switch (scale) {
    case 'linear': {
      const slope = 255 / (high - low);
      return (value) => (value - low) * slope;
    }
    case 'sqrt': {
      const slope = 255 / Math.sqrt(high - low);
      return (value) => (value <= low ? 0 : Math.sqrt(value - low) * slope);
    }
    case 'log': {
      const start = Math.log(low);
      const slope = 255 / (Math.log(high) - start);
      return (value) => (value <= low ? 0 : (Math.log(value) - start) * slope);
    }
  }
}
