// Intervals of the calendar as ISO 8601 durations: `P1M-2DT3.000000001S`. Their parts do not add up to one number.
import type { Data } from '@tessera/arrow';
import type { Interval } from 'apache-arrow';
import { fractionDigits, fractionText } from './time-text.ts';

/** Reads the intervals of a column (Schema.fbs, `IntervalUnit`: year and month, day and time, month, day and nanoseconds). */
export function intervalText(data: Data): (row: number) => string {
  const { unit } = data.type as Interval;
  const bytes = data.values as Int32Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (unit === 0) return (row) => isoText(view.getInt32(row * 4, true), 0, 0n);
  if (unit === 1) return (row) => isoText(0, view.getInt32(row * 8, true), BigInt(view.getInt32(row * 8 + 4, true)) * 1_000_000n);
  return (row) => isoText(view.getInt32(row * 16, true), view.getInt32(row * 16 + 4, true), view.getBigInt64(row * 16 + 8, true));
}

function isoText(months: number, days: number, nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const rest = Number(size % 1_000_000_000n);
  const seconds = nanoseconds === 0n ? '' : `T${nanoseconds < 0n ? '-' : ''}${size / 1_000_000_000n}${fractionText(rest, fractionDigits(rest))}S`;
  const text = `${months === 0 ? '' : `${months}M`}${days === 0 ? '' : `${days}D`}${seconds}`;
  return text === '' ? 'PT0S' : `P${text}`;
}
