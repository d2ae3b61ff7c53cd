// Texts of numpy's datetime64 and timedelta64 (NumPy reference, "Datetimes and timedeltas"): an int64 count of a unit.

/** A unit with its multiplier, e.g. `[10ms]` is 10 of `ms`. */
export interface TimeUnit {
  readonly name: string;
  readonly multiple: bigint;
}

/** numpy's "not a time": the smallest int64. */
export const notATime = -(2n ** 63n);

const unitNames: Readonly<Record<string, string>> = {
  Y: 'years', M: 'months', W: 'weeks', D: 'days', h: 'hours', m: 'minutes', s: 'seconds',
  ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds', ps: 'picoseconds', fs: 'femtoseconds', as: 'attoseconds',
};
const daysPerUnit: Readonly<Record<string, bigint>> = { D: 1n, W: 7n };
const secondsPerUnit: Readonly<Record<string, bigint>> = { h: 3600n, m: 60n, s: 1n };
const fractionDigits: Readonly<Record<string, number>> = { s: 0, ms: 3, us: 6, ns: 9, ps: 12, fs: 15, as: 18 };
const secondsPerDay = 86_400n;

/** Reads numpy's bracketed units; an empty text is the generic unit. */
export function parseTimeUnit(units: string | undefined): TimeUnit {
  const match = /^\[(\d*)(\D+)\]$/.exec(units ?? '');
  if (!match) return { name: '', multiple: 1n };
  return { name: match[2] === 'μs' ? 'us' : match[2]!, multiple: BigInt(match[1] || 1) };
}

/** As numpy prints a timedelta64: `50 milliseconds`. */
export function timedeltaText(count: bigint, unit: TimeUnit): string {
  return count === notATime ? 'NaT' : `${count * unit.multiple} ${unitNames[unit.name] ?? 'generic time units'}`;
}

/** As numpy prints a datetime64: ISO 8601 as far as the unit goes, `2020-01`, `2020-01-01T00:00:00.000`. */
export function datetimeText(count: bigint, unit: TimeUnit): string {
  if (count === notATime) return 'NaT';
  const moment = momentOf(count * unit.multiple, unit.name);
  if (!moment) return String(count);
  const { year, month, day } = dateOf(moment.days);
  switch (unit.name) {
    case 'Y': return year;
    case 'M': return `${year}-${month}`;
    case 'W':
    case 'D': return `${year}-${month}-${day}`;
    case 'h': return `${year}-${month}-${day}T${timeOf(moment.seconds).slice(0, 2)}`;
    case 'm': return `${year}-${month}-${day}T${timeOf(moment.seconds).slice(0, 5)}`;
  }
  const digits = fractionDigits[unit.name] ?? 0;
  const fraction = digits === 0 ? '' : `.${String(moment.fraction).padStart(digits, '0')}`;
  return `${year}-${month}-${day}T${timeOf(moment.seconds)}${fraction}`;
}

/** ISO 8601 to the second whatever the unit; a fraction only if there is one, in groups of three digits from six on. */
export function datetimeJson(count: bigint, unit: TimeUnit): string | undefined {
  if (count === notATime) return undefined;
  const moment = momentOf(count * unit.multiple, unit.name);
  if (!moment) return String(count);
  const { year, month, day } = dateOf(moment.days);
  let fraction = String(moment.fraction).padStart(fractionDigits[unit.name] ?? 0, '0').padEnd(6, '0');
  while (fraction.length > 6 && fraction.endsWith('000')) fraction = fraction.slice(0, -3);
  return `${year}-${month}-${day}T${timeOf(moment.seconds)}${moment.fraction === 0n ? '' : `.${fraction}`}`;
}

interface Moment {
  /** Since 1970-01-01. */
  readonly days: bigint;
  /** Of the day. */
  readonly seconds: bigint;
  /** Of the second, in the unit. */
  readonly fraction: bigint;
}

function momentOf(count: bigint, unitName: string): Moment | undefined {
  if (unitName === 'Y') return { days: daysBeforeMonth(count * 12n), seconds: 0n, fraction: 0n };
  if (unitName === 'M') return { days: daysBeforeMonth(count), seconds: 0n, fraction: 0n };
  const days = daysPerUnit[unitName];
  if (days !== undefined) return { days: count * days, seconds: 0n, fraction: 0n };
  const unitSeconds = secondsPerUnit[unitName];
  const digits = fractionDigits[unitName];
  if (unitSeconds === undefined && digits === undefined) return undefined;
  const perSecond = 10n ** BigInt(digits ?? 0);
  const total = unitSeconds === undefined ? floorDivide(count, perSecond) : count * unitSeconds;
  const day = floorDivide(total, secondsPerDay);
  return { days: day, seconds: total - day * secondsPerDay, fraction: unitSeconds === undefined ? count - total * perSecond : 0n };
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

// Proleptic Gregorian calendar, counted in eras of 400 years that start on 1 March, so that a leap day ends its year.
const daysPerEra = 146_097n;
const daysToEpoch = 719_468n;

function dateOf(daysSinceEpoch: bigint) {
  const days = daysSinceEpoch + daysToEpoch;
  const era = floorDivide(days, daysPerEra);
  const dayOfEra = days - era * daysPerEra;
  const yearOfEra = (dayOfEra - dayOfEra / 1460n + dayOfEra / 36_524n - dayOfEra / 146_096n) / 365n;
  const dayOfYear = dayOfEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n);
  const marchMonth = (5n * dayOfYear + 2n) / 153n;
  const day = dayOfYear - (153n * marchMonth + 2n) / 5n + 1n;
  const month = marchMonth < 10n ? marchMonth + 3n : marchMonth - 9n;
  const year = yearOfEra + era * 400n + (month <= 2n ? 1n : 0n);
  return { year: pad(year, 4), month: pad(month, 2), day: pad(day, 2) };
}

/** Days from the epoch to the first of a month, months counted from January 1970. */
function daysBeforeMonth(monthsSinceEpoch: bigint): bigint {
  const years = floorDivide(monthsSinceEpoch, 12n);
  const month = monthsSinceEpoch - years * 12n;
  const marchMonth = month < 2n ? month + 10n : month - 2n;
  const year = 1970n + years - (month < 2n ? 1n : 0n);
  const era = floorDivide(year, 400n);
  const yearOfEra = year - era * 400n;
  const dayOfEra = yearOfEra * 365n + yearOfEra / 4n - yearOfEra / 100n + (153n * marchMonth + 2n) / 5n;
  return era * daysPerEra + dayOfEra - daysToEpoch;
}

function timeOf(seconds: bigint): string {
  return `${pad(seconds / 3600n, 2)}:${pad((seconds / 60n) % 60n, 2)}:${pad(seconds % 60n, 2)}`;
}

/** At least `width` characters, the sign among them, as C's `%04d` does. */
function pad(value: bigint, width: number): string {
  return value < 0n ? `-${String(-value).padStart(width - 1, '0')}` : String(value).padStart(width, '0');
}
