// What the text of a CSV field means, by the rules of pandas.read_csv.

const missingTexts = new Set([
  '', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null',
]);
/** First bytes of those texts, so that most fields are told apart by one look. */
const missingStarts = new Set([...missingTexts].filter((text) => text !== '').map((text) => text.charCodeAt(0)));
const longestMissing = Math.max(...[...missingTexts].map((text) => text.length));

export function isMissing(field: Uint8Array): boolean {
  if (field.byteLength === 0) return true;
  if (field.byteLength > longestMissing || !missingStarts.has(field[0]!)) return false;
  return missingTexts.has(asciiText(field));
}

const trueTexts = new Set(['True', 'TRUE', 'true']);
const falseTexts = new Set(['False', 'FALSE', 'false']);

/** Undefined if it is neither. */
export function parseBool(field: Uint8Array): boolean | undefined {
  if (field.byteLength < 4 || field.byteLength > 5) return undefined;
  const text = asciiText(field);
  if (trueTexts.has(text)) return true;
  return falseTexts.has(text) ? false : undefined;
}

const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x09;
const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;
const isSign = (byte: number | undefined) => byte === 0x2b || byte === 0x2d;

function trim(field: Uint8Array): { start: number; end: number } {
  let start = 0;
  let end = field.byteLength;
  while (start < end && isSpace(field[start])) start++;
  while (end > start && isSpace(field[end - 1])) end--;
  return { start, end };
}

export type NumberKind = 'int' | 'float' | undefined;

/** Whether the field is written like an integer, like a number with a fraction or exponent, or like neither. */
export function numberKind(field: Uint8Array): NumberKind {
  const { start, end } = trim(field);
  let at = start + (isSign(field[start]) ? 1 : 0);
  const wholeStart = at;
  while (at < end && isDigit(field[at])) at++;
  let digits = at - wholeStart;
  if (at === end) return digits > 0 ? 'int' : undefined;
  if (digits === 0 && field[at] !== 0x2e) return isInfinity(field, at, end) ? 'float' : undefined;
  if (field[at] === 0x2e) {
    const fractionStart = ++at;
    while (at < end && isDigit(field[at])) at++;
    digits += at - fractionStart;
  }
  if (digits === 0) return undefined;
  if (at < end && (field[at]! | 0x20) === 0x65) {
    at += isSign(field[at + 1]) ? 2 : 1;
    const exponentStart = at;
    while (at < end && isDigit(field[at])) at++;
    if (at === exponentStart) return undefined;
  }
  return at === end ? 'float' : undefined;
}

function isInfinity(field: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 3 && end - start !== 8) return false;
  const text = asciiText(field.subarray(start, end)).toLowerCase();
  return text === 'inf' || text === 'infinity';
}

/** Value of a field of kind `float` or `int`; beyond the range it is infinite. */
export function parseFloat64(field: Uint8Array): number {
  const text = asciiText(field).trim();
  const value = Number(text);
  if (!Number.isNaN(value)) return value;
  return text.startsWith('-') ? -Infinity : Infinity;
}

/** Value of a field of kind `int`. */
export function parseInteger(field: Uint8Array): bigint {
  // Up to 15 digits are exact as a number, which is much quicker.
  if (field.byteLength <= 15) return BigInt(Number(asciiText(field)));
  const text = asciiText(field).trim();
  return BigInt(text.startsWith('+') ? text.slice(1) : text);
}

/** Whether a field of kind `int` has so few digits that it must fit 64 bits. */
export function isShortInteger(field: Uint8Array): boolean {
  return field.byteLength <= 18;
}

function asciiText(field: Uint8Array): string {
  return Buffer.from(field.buffer, field.byteOffset, field.byteLength).toString('latin1');
}
