// Excel counts days; whether a number is a date says the format it is shown in (ECMA-376 part 1, 18.8.30).

/** What a number is shown as: a number, a date or time of day, or an elapsed time. */
export type NumberMeaning = 'number' | 'date' | 'duration';

const dayMs = 86_400_000;
/** Day 0 of the two date systems. */
const epoch1900Ms = Date.UTC(1899, 11, 30);
const epoch1904Ms = Date.UTC(1904, 0, 1);

/** Formats that are built in, by their number. */
export function builtInMeaning(formatId: number): NumberMeaning {
  if (formatId === 46) return 'duration';
  const isDate = (formatId >= 14 && formatId <= 22) || (formatId >= 27 && formatId <= 36) || formatId === 45 || formatId === 47 || (formatId >= 50 && formatId <= 58);
  return isDate ? 'date' : 'number';
}

/** The meaning of a format code such as `yyyy-mm-dd` or `[h]:mm`. */
export function meaningOfFormat(code: string): NumberMeaning {
  // Of positive numbers, without texts in it, colours and conditions.
  const [first = ''] = code.split(';');
  const bare = first.replaceAll(/"[^"]*"|\\.|_.|\*./g, '');
  if (/\[(?:h+|m+|s+)\]/i.test(bare)) return 'duration';
  return /[dmyhs]/i.test(bare.replaceAll(/\[[^\]]*\]/g, '').replaceAll(/general/gi, '')) ? 'date' : 'number';
}

/** Milliseconds since 1970 of a day of Excel's. The 1900 system has a 29 February 1900, which there was not. */
export function dateMs(days: number, is1904: boolean): number {
  if (is1904) return epoch1904Ms + Math.round(days * dayMs);
  return epoch1900Ms + Math.round((days < 60 ? days + 1 : days) * dayMs);
}

export function durationMs(days: number): number {
  return Math.round(days * dayMs);
}
