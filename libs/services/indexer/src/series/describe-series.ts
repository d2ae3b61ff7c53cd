// What a user is told of a series: names, gaps, frames that cannot be read.
import type { JsonObject } from '@tessera/domain';

/** Gaps and unreadable frames that are named; beyond, they are counted. */
export const maxNamed = 1000;
const maxNamedInLine = 10;

/** A frame that is not part of the array, though its file is there. */
export interface UnreadableFrame {
  readonly index: number;
  readonly file: string;
  readonly reason: string;
  /** It is a sound file of another kind than the others, and is served by itself too. */
  readonly isServedApart: boolean;
}

/** First and last of consecutive numbers that are missing. */
export type Gap = readonly [first: number, last: number];

export interface Gaps {
  readonly named: readonly Gap[];
  /** Numbers that are missing, those not named included. */
  readonly count: number;
}

/** Numbers that are not there between the first and the last. @param numbers ascending. */
export function gapsOf(numbers: readonly number[]): Gaps {
  const named: Gap[] = [];
  let count = 0;
  for (let index = 1; index < numbers.length; index++) {
    const first = numbers[index - 1]! + 1;
    const last = numbers[index]! - 1;
    if (last < first) continue;
    count += last - first + 1;
    if (named.length < maxNamed) named.push([first, last]);
  }
  return { named, count };
}

/** A name with a place for the number as Python's `str.format` has it: `frame_{:04d}.tif`. */
export function namePattern(prefix: string, suffix: string, width: number): string {
  const plain = (text: string) => text.replaceAll('{', '{{').replaceAll('}', '}}');
  return `${plain(prefix)}{:${width > 1 ? `0${width}` : ''}d}${plain(suffix)}`;
}

/** The `series` entry of the metadata. */
export function seriesMetadata(files: string, numbers: readonly number[], unreadable: readonly UnreadableFrame[]): JsonObject {
  const gaps = gapsOf(numbers);
  return {
    files, first: numbers[0]!, last: numbers[numbers.length - 1]!, count: numbers.length,
    missing: gaps.named, missing_count: gaps.count,
    unreadable: unreadable.slice(0, maxNamed).map(({ index, file, reason, isServedApart }) => ({ index, file, reason, served_apart: isServedApart })),
    unreadable_count: unreadable.length,
  };
}

/** Which frames have nodes of their own besides, from the metadata: their indices. */
export function servedApart(metadata: JsonObject): number[] {
  return unreadableIn(metadata).filter((frame) => frame['served_apart'] === true).map((frame) => frame['index'] as number);
}

/** Unreadable frames as they are in the metadata. */
export function unreadableIn(metadata: JsonObject): readonly JsonObject[] {
  const series = metadata['series'] as JsonObject | undefined;
  return (series?.['unreadable'] ?? []) as readonly JsonObject[];
}

/** One line on what is missing; undefined if nothing is. */
export function gapText(numbers: readonly number[]): string | undefined {
  const { named, count } = gapsOf(numbers);
  if (count === 0) return undefined;
  const shown = named.slice(0, maxNamedInLine).map(([first, last]) => (first === last ? String(first) : `${first}–${last}`));
  const more = named.length > shown.length ? ', …' : '';
  return `${count === 1 ? 'The number' : `${count} numbers`} ${shown.join(', ')}${more} ${count === 1 ? 'is' : 'are'} missing between ${numbers[0]!} and ${numbers[numbers.length - 1]!}.`;
}
