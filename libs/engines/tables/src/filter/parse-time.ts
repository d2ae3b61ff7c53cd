// ISO 8601 dates, times and durations, in nanoseconds.

export type Nanoseconds = bigint;

const second = 1_000_000_000n;
const minute = 60n * second;
const hour = 60n * minute;
const day = 24n * hour;

const datePattern = /^([+-]\d{5,6}|\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const timePattern = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;
const durationPattern = /^([+-]?)P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12})(?:\.(\d{1,9}))?S)?)?$/;

/** A date, or a date and time, since 1970 in UTC; undefined if it is none. Without an offset it is taken as UTC. */
export function parseDateTime(text: string): { nanoseconds: Nanoseconds; hasOffset: boolean } | undefined {
  const match = datePattern.exec(text);
  if (!match) return undefined;
  const [, year, month, date, hours = '0', minutes = '0', seconds = '0', fraction, offset] = match;
  const days = daysSinceEpoch(Number(year), Number(month), Number(date));
  const time = timeOfDay(Number(hours), Number(minutes), Number(seconds), fraction);
  if (days === undefined || time === undefined) return undefined;
  return { nanoseconds: BigInt(days) * day + time - offsetOf(offset), hasOffset: offset !== undefined };
}

/** A time of day; undefined if it is none. */
export function parseTimeOfDay(text: string): Nanoseconds | undefined {
  const match = timePattern.exec(text);
  return match ? timeOfDay(Number(match[1]), Number(match[2]), Number(match[3] ?? 0), match[4]) : undefined;
}

/** A duration of weeks, days, hours, minutes and seconds; undefined if it is none. Months and years have no length of their own. */
export function parseDuration(text: string): Nanoseconds | undefined {
  const match = durationPattern.exec(text);
  if (!match || /P$|T$/.test(text)) return undefined;
  const [, sign, weeks = '0', days = '0', hours = '0', minutes = '0', seconds = '0', fraction] = match;
  const total = (BigInt(weeks) * 7n + BigInt(days)) * day + BigInt(hours) * hour + BigInt(minutes) * minute + BigInt(seconds) * second + fractionOf(fraction);
  return sign === '-' ? -total : total;
}

function timeOfDay(hours: number, minutes: number, seconds: number, fraction: string | undefined): Nanoseconds | undefined {
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return BigInt(hours) * hour + BigInt(minutes) * minute + BigInt(seconds) * second + fractionOf(fraction);
}

function fractionOf(digits: string | undefined): Nanoseconds {
  return BigInt((digits ?? '').padEnd(9, '0'));
}

function offsetOf(text: string | undefined): Nanoseconds {
  if (text === undefined || text === 'Z') return 0n;
  const digits = text.slice(1).replace(':', '');
  const offset = BigInt(digits.slice(0, 2)) * hour + BigInt(digits.slice(2) || '0') * minute;
  return text.startsWith('-') ? -offset : offset;
}

/** In the proleptic Gregorian calendar. */
function daysSinceEpoch(year: number, month: number, date: number): number | undefined {
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, date);
  const isReal = moment.getUTCFullYear() === year && moment.getUTCMonth() === month - 1 && moment.getUTCDate() === date;
  return isReal ? moment.getTime() / 86_400_000 : undefined;
}
