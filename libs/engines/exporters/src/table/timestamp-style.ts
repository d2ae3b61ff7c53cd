// How the timestamps of a column are written. In text as pandas does: a date alone if no value has a time of
// day, otherwise all with as many digits as the finest needs. Since the column streams by, its first batch decides.
import { validRows, type Data } from '@tessera/arrow';
import type { Timestamp } from 'apache-arrow';
import { clockText, dateText, fractionDigits, fractionText, momentOf, offsetText, unitsPerSecond, zoneOffset } from './time-text.ts';

export interface TimestampStyle {
  /** Looks at a batch before it is written. */
  prepare(column: Data): void;
  /** A count of the column's unit since the epoch. */
  format(count: bigint): string;
}

export function timestampStyle(type: Timestamp, json: boolean): TimestampStyle {
  if (json) return isoStyle(type);
  return type.timezone ? zonedStyle(type, type.timezone, ' ') : plainStyle(type);
}

/** `2020-01-01T00:00:00`, with a fraction if there is one, and the offset if the column has a time zone. */
function isoStyle(type: Timestamp): TimestampStyle {
  if (type.timezone) return zonedStyle(type, type.timezone, 'T');
  return {
    prepare: () => undefined,
    format: (count) => {
      const { days, seconds, nanoseconds } = momentOf(count, type.unit);
      return `${dateText(days)}T${clockText(seconds)}${fractionText(nanoseconds, wide(fractionDigits(nanoseconds)))}`;
    },
  };
}

/** Fractions have six digits or nine. */
const wide = (digits: number) => (digits === 0 ? 0 : Math.max(digits, 6));

/** Local time with its offset from UTC, each value with the digits it needs. */
function zonedStyle(type: Timestamp, timezone: string, separator: string): TimestampStyle {
  const offsetOf = zoneOffset(timezone);
  const perSecond = unitsPerSecond[type.unit]!;
  return {
    prepare: () => undefined,
    format: (count) => {
      const utc = momentOf(count, type.unit);
      const offset = offsetOf(utc.days * 86_400 + utc.seconds);
      const { days, seconds, nanoseconds } = momentOf(count + BigInt(offset) * perSecond, type.unit);
      return `${dateText(days)}${separator}${clockText(seconds)}${fractionText(nanoseconds, wide(fractionDigits(nanoseconds)))}${offsetText(offset)}`;
    },
  };
}

function plainStyle({ unit }: Timestamp): TimestampStyle {
  let isDecided = false;
  let isDateOnly = true;
  let digits = 0;
  return {
    prepare: (column) => {
      if (isDecided) return;
      const isValid = validRows(column);
      const counts = column.values as BigInt64Array;
      for (let row = 0; row < column.length; row++) {
        if (!isValid(row)) continue;
        isDecided = true;
        const { seconds, nanoseconds } = momentOf(counts[row]!, unit);
        if (seconds !== 0 || nanoseconds !== 0) isDateOnly = false;
        digits = Math.max(digits, fractionDigits(nanoseconds));
      }
    },
    format: (count) => {
      const { days, seconds, nanoseconds } = momentOf(count, unit);
      if (isDateOnly && seconds === 0 && nanoseconds === 0) return dateText(days);
      return `${dateText(days)} ${clockText(seconds)}${fractionText(nanoseconds, Math.max(digits, fractionDigits(nanoseconds)))}`;
    },
  };
}
