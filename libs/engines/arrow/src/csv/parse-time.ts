// Dates and times as ISO 8601 writes them (extended format; a space may stand for the T), read from bytes.
import type { FieldText } from './split-records.ts';

/** A moment as it is written; filled in by `scanTime`. */
interface ScannedTime {
  /** Of the date, since 1970-01-01. */
  day: number;
  /** Of the moment, since the epoch; of UTC if there is a zone. */
  second: number;
  nanosecond: number;
  hasTime: boolean;
  hasFraction: boolean;
  hasZone: boolean;
}

/** What `scanTime` found last. */
export const scannedTime: ScannedTime = { day: 0, second: 0, nanosecond: 0, hasTime: false, hasFraction: false, hasZone: false };

const dash = 0x2d;
const colon = 0x3a;
const shortest = '2000-01-01'.length;
const longest = '2000-01-01T00:00:00.000000000+00:00'.length;

/** Two digits as a number; NaN if they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 0x30;
  const ones = bytes[at + 1]! - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

/** Whether the field is a date `2000-12-31` or a moment `2000-12-31T23:59[:59[.999999999]][Z|+01:00]`. */
export function scanTime({ bytes, start, end }: FieldText): boolean {
  const length = end - start;
  if (length < shortest || length > longest || bytes[start + 4] !== dash || bytes[start + 7] !== dash) return false;
  if (!scanDate(bytes, start)) return false;
  scannedTime.second = scannedTime.day * 86_400;
  scannedTime.nanosecond = 0;
  scannedTime.hasTime = length > shortest;
  scannedTime.hasFraction = scannedTime.hasZone = false;
  return !scannedTime.hasTime || scanClock(bytes, start + shortest, end);
}

function scanDate(bytes: Uint8Array, at: number): boolean {
  const year = pair(bytes, at) * 100 + pair(bytes, at + 2);
  const month = pair(bytes, at + 5);
  const day = pair(bytes, at + 8);
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return false;
  scannedTime.day = dayNumber(year, month, day);
  return true;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 in the Gregorian calendar; years are counted from March on, so that a leap day is their last. */
function dayNumber(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}

/** What follows the date. */
function scanClock(bytes: Uint8Array, from: number, end: number): boolean {
  if (bytes[from] !== 0x54 && bytes[from] !== 0x20) return false;
  const hour = pair(bytes, from + 1);
  const minute = pair(bytes, from + 4);
  let at = from + 6;
  if (at > end || !(hour <= 23) || bytes[from + 3] !== colon || !(minute <= 59)) return false;
  scannedTime.second += hour * 3600 + minute * 60;
  if (at < end && bytes[at] === colon) {
    const second = at + 3 <= end ? pair(bytes, at + 1) : NaN;
    if (!(second <= 59)) return false;
    scannedTime.second += second;
    at = scanFraction(bytes, at + 3, end);
  }
  return at >= 0 && (at === end || scanZone(bytes, at, end));
}

/** Where the fraction ends; −1 if it has no digits, or more than nine. */
function scanFraction(bytes: Uint8Array, from: number, end: number): number {
  if (from >= end || bytes[from] !== 0x2e) return from;
  let at = from + 1;
  let value = 0;
  for (; at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at++) value = value * 10 + bytes[at]! - 0x30;
  const digitCount = at - from - 1;
  if (digitCount === 0 || digitCount > 9) return -1;
  scannedTime.nanosecond = value * 10 ** (9 - digitCount);
  scannedTime.hasFraction = true;
  return at;
}

/** `Z`, `+01`, `+0100` or `+01:00`. */
function scanZone(bytes: Uint8Array, at: number, end: number): boolean {
  scannedTime.hasZone = true;
  const sign = bytes[at];
  if (sign === 0x5a) return at + 1 === end;
  if (sign !== 0x2b && sign !== dash) return false;
  const length = end - at;
  const hour = length >= 3 ? pair(bytes, at + 1) : NaN;
  const minute = length === 3 ? 0 : length === 5 ? pair(bytes, at + 3) : length === 6 && bytes[at + 3] === colon ? pair(bytes, at + 4) : NaN;
  if (!(hour <= 23) || !(minute <= 59)) return false;
  scannedTime.second -= (sign === dash ? -1 : 1) * (hour * 3600 + minute * 60);
  return true;
}
