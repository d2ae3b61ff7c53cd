// What the text of a CSV field means, by the rules of pandas.read_csv. These run for every field of a
// file, so they look at bytes and make strings only where they must.
import type { FieldText } from './split-records.ts';

const missingTexts = new Set([
  '', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null',
]);
const longestMissing = Math.max(...[...missingTexts].map((text) => text.length));
/** First and last bytes of those texts, so that most fields are told apart by a look at two. */
const missingStarts = new Uint8Array(256);
const missingEnds = new Uint8Array(256);
for (const text of missingTexts) {
  if (text === '') continue;
  missingStarts[text.charCodeAt(0)] = 1;
  missingEnds[text.charCodeAt(text.length - 1)] = 1;
}

export function isMissing(field: FieldText): boolean {
  const { bytes, start, end } = field;
  if (end === start) return true;
  if (end - start > longestMissing || !missingStarts[bytes[start]!] || !missingEnds[bytes[end - 1]!]) return false;
  return missingTexts.has(asciiText(bytes, start, end));
}

/** Whether a text stands for a missing value, as in a field of CSV. */
export function isMissingText(text: string): boolean {
  return missingTexts.has(text);
}

const boolTexts = new Map([['True', true], ['TRUE', true], ['true', true], ['False', false], ['FALSE', false], ['false', false]]);

/** Undefined if it is neither. */
export function parseBool({ bytes, start, end }: FieldText): boolean | undefined {
  if (end - start !== 4 && end - start !== 5) return undefined;
  return boolTexts.get(asciiText(bytes, start, end));
}

export type NumberKind = 'int' | 'float' | undefined;

/** A number as it is written; filled in by `scanNumber`. */
interface ScannedNumber {
  /** Without the spaces around it. */
  start: number;
  end: number;
  isNegative: boolean;
  isInfinite: boolean;
  /** All digits as one integer; meaningless if there are more than 15. */
  mantissa: number;
  digitCount: number;
  /** Power of ten that the mantissa is to be multiplied with. */
  exponent: number;
}

const scanned: ScannedNumber = { start: 0, end: 0, isNegative: false, isInfinite: false, mantissa: 0, digitCount: 0, exponent: 0 };

const isSpace = (byte: number) => byte === 0x20 || byte === 0x09;

/** Digits that a float64 holds exactly, and the largest power of ten that it does. */
const exactDigitCount = 15;
const exactPower = 22;
const powersOfTen = Array.from({ length: exactPower + 1 }, (_, exponent) => 10 ** exponent);

/** Takes digits into the mantissa; gives where they end. */
function scanDigits(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  let { mantissa } = scanned;
  for (; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) break;
    mantissa = mantissa * 10 + digit;
  }
  scanned.mantissa = mantissa;
  scanned.digitCount += at - from;
  return at;
}

/** Whether the field is written like an integer, like a number with a fraction or exponent, or like neither. */
export function numberKind({ bytes, start, end }: FieldText): NumberKind {
  while (start < end && isSpace(bytes[start]!)) start++;
  while (end > start && isSpace(bytes[end - 1]!)) end--;
  const sign = bytes[start];
  const isSigned = start < end && (sign === 0x2b || sign === 0x2d);
  scanned.start = start;
  scanned.end = end;
  scanned.isNegative = sign === 0x2d;
  scanned.isInfinite = false;
  scanned.mantissa = 0;
  scanned.digitCount = 0;
  scanned.exponent = 0;
  const digitsStart = isSigned ? start + 1 : start;
  let at = scanDigits(bytes, digitsStart, end);
  if (at === end) return scanned.digitCount > 0 ? 'int' : undefined;
  if (bytes[at] === 0x2e) {
    const fractionStart = at + 1;
    at = scanDigits(bytes, fractionStart, end);
    scanned.exponent = fractionStart - at;
  }
  if (scanned.digitCount === 0) return at === digitsStart && scanInfinity(bytes, at, end) ? 'float' : undefined;
  if (at < end && (bytes[at]! | 0x20) === 0x65) at = scanExponent(bytes, at + 1, end);
  return at === end ? 'float' : undefined;
}

/** Where the exponent ends; −1 if it has no digits. */
function scanExponent(bytes: Uint8Array, from: number, end: number): number {
  const isNegative = bytes[from] === 0x2d;
  const digitsStart = isNegative || bytes[from] === 0x2b ? from + 1 : from;
  let at = digitsStart;
  let value = 0;
  for (; at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at++) value = Math.min(value * 10 + bytes[at]! - 0x30, 100_000);
  scanned.exponent += isNegative ? -value : value;
  return at === digitsStart ? -1 : at;
}

function scanInfinity(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 3 && end - start !== 8) return false;
  scanned.isInfinite = ['inf', 'infinity'].includes(asciiText(bytes, start, end).toLowerCase());
  return scanned.isInfinite;
}

/** Value of the field that `numberKind` looked at last and found to be a number; infinite beyond the range of float64. */
export function scannedFloat64({ bytes }: FieldText): number {
  const { isNegative, isInfinite, mantissa, digitCount, exponent, start, end } = scanned;
  if (isInfinite) return isNegative ? -Infinity : Infinity;
  // A product or quotient of two exact numbers is rounded once, and so correctly.
  if (digitCount > exactDigitCount || exponent > exactPower || exponent < -exactPower) return Number(asciiText(bytes, start, end));
  const size = exponent < 0 ? mantissa / powersOfTen[-exponent]! : mantissa * powersOfTen[exponent]!;
  return isNegative ? -size : size;
}

/** Value of the field that `numberKind` looked at last and found to be an integer: a number if that is exact. */
export function scannedInteger({ bytes }: FieldText): number | bigint {
  const { isNegative, mantissa, digitCount, start, end } = scanned;
  if (digitCount <= exactDigitCount) return isNegative ? -mantissa : mantissa;
  return BigInt(asciiText(bytes, bytes[start] === 0x2b ? start + 1 : start, end));
}

function asciiText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 64) return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}
