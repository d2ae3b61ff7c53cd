// Parts of dates and times as text.

const maxKnownOffsets = 100_000;

/** `2020-01-01`, in the proleptic Gregorian calendar; years may have more than four digits, or a sign. */
export function dateText(daysSinceEpoch: number): string {
  // Days to year, month, day by 400-year eras that start in March.
  const shifted = daysSinceEpoch + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const yearText = `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}`;
  return `${yearText}-${twoDigits(month)}-${twoDigits(day)}`;
}

/** Digits after the point that a fraction needs: 0, or 3, 6, 9 for milli-, micro- and nanoseconds. */
export function fractionDigits(nanoseconds: number): number {
  if (nanoseconds === 0) return 0;
  if (nanoseconds % 1_000_000 === 0) return 3;
  return nanoseconds % 1000 === 0 ? 6 : 9;
}

export function fractionText(nanoseconds: number, digits: number): string {
  return digits === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').slice(0, digits)}`;
}

/** Offset of a time zone from UTC, in seconds, at a time given in seconds since the epoch. */
export function zoneOffset(timezone: string): (epochSeconds: number) => number {
  const fixed = /^([+-])(\d\d):?(\d\d)$/.exec(timezone);
  if (fixed) return () => (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 3600 + Number(fixed[3]) * 60);
  if (['UTC', 'Etc/UTC', 'GMT', 'Z'].includes(timezone)) return () => 0;
  const format = zoneFormat(timezone);
  if (!format) return () => 0;
  // Clocks change at quarters of an hour only.
  const known = new Map<number, number>();
  return (epochSeconds) => {
    const quarter = Math.floor(epochSeconds / 900);
    let offset = known.get(quarter);
    if (known.size > maxKnownOffsets) known.clear();
    if (offset === undefined) known.set(quarter, (offset = offsetAt(format, quarter * 900)));
    return offset;
  };
}

function zoneFormat(timezone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  } catch {
    // A zone that nobody knows is shown in UTC.
    return undefined;
  }
}

function offsetAt(format: Intl.DateTimeFormat, epochSeconds: number): number {
  const milliseconds = epochSeconds * 1000;
  if (Math.abs(milliseconds) > 8.64e15) return 0;
  const name = format.formatToParts(milliseconds).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name);
  return match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0)) : 0;
}

/** `+01:00`; with seconds if there are some, as before there were time zones. */
export function offsetText(seconds: number): string {
  const size = Math.abs(seconds);
  const text = `${seconds < 0 ? '-' : '+'}${twoDigits(Math.floor(size / 3600))}:${twoDigits(Math.floor(size / 60) % 60)}`;
  return size % 60 === 0 ? text : `${text}:${twoDigits(size % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
