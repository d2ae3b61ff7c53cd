// Cuts CSV bytes into records and fields (RFC 4180; where it is silent, as pandas' C parser does):
// lines end in LF, CRLF or CR, blank lines are skipped, quotes count at the start of a field only.
import { TesseraError } from '@tessera/domain';

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const tab = 0x09;

/** Longest record that is read: a quote that is never closed must not draw the rest of the file into memory. */
export const maxRecordByteLength = 16 * 2 ** 20;

/** The text of a field, without quotes: from `start` to `end` of `bytes`. There are too many for an array each. */
export interface FieldText {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A copy of the bytes of a field. */
export function fieldBytes({ bytes, start, end }: FieldText): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}

/** One record; only valid until the next. */
export interface CsvRecord {
  /** Number of fields. */
  readonly count: number;
  /** In bytes from the start of what was pushed in all. */
  readonly byteOffset: number;
  /** Where the next line starts. */
  readonly endByteOffset: number;
  /** A field, empty if the record has not so many. The same object is given each time. */
  field(index: number): FieldText;
}

export class RecordSplitter {
  readonly #delimiter: number;
  #rest: Uint8Array = new Uint8Array(0);
  #restByteOffset = 0;
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  /** Whether a field has quotes to take off. */
  #quoted = new Uint8Array(64);
  #count = 0;
  readonly #field: { bytes: Uint8Array; start: number; end: number } = { bytes: new Uint8Array(0), start: 0, end: 0 };

  /** @param delimiter a byte, such as 0x2c for a comma. */
  constructor(delimiter: number) {
    this.#delimiter = delimiter;
  }

  /**
   * Takes the next bytes; gives every record that is complete by now, and with `isLast` what is left.
   * @throws TesseraError gone if a record is too long or a quote is not closed.
   */
  *push(chunk: Uint8Array, isLast: boolean): Generator<CsvRecord> {
    const bytes = this.#rest.byteLength === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const base = this.#restByteOffset;
    let at = 0;
    while (at < bytes.byteLength) {
      const end = this.#scan(bytes, at, isLast);
      if (end < 0) break;
      if (!this.#isBlank(bytes)) yield { count: this.#count, byteOffset: base + at, endByteOffset: base + end, field: (index) => this.#locate(bytes, index) };
      at = end;
    }
    if (bytes.byteLength - at > maxRecordByteLength) throw recordTooLong(base + at);
    // A copy, because the caller may reuse its buffer.
    this.#rest = new Uint8Array(bytes.subarray(at));
    this.#restByteOffset = base + at;
  }

  /** Finds the fields of the record at `at`. Returns where the next line starts, −1 if the record is not complete. */
  #scan(bytes: Uint8Array, at: number, isLast: boolean): number {
    const delimiter = this.#delimiter;
    const length = bytes.byteLength;
    this.#count = 0;
    let start = at;
    for (;;) {
      let isQuoted = 0;
      let i = start;
      if (bytes[i] === quote) {
        isQuoted = 1;
        i = this.#endOfQuotes(bytes, i + 1);
        if (i < 0) {
          if (isLast) throw new TesseraError('gone', 'The CSV file cannot be read: a quote is opened and never closed.');
          return -1;
        }
      }
      let byte = bytes[i];
      while (i < length && byte !== delimiter && byte !== lineFeed && byte !== carriageReturn) byte = bytes[++i];
      if (i >= length && !isLast) return -1;
      // After a CR it takes one more byte to know whether the line ends in CRLF.
      if (byte === carriageReturn && i + 1 === length && !isLast) return -1;
      this.#add(start, i, isQuoted);
      if (i >= length) return length;
      if (byte === lineFeed) return i + 1;
      if (byte === carriageReturn) return bytes[i + 1] === lineFeed ? i + 2 : i + 1;
      start = i + 1;
    }
  }

  /** Position after the closing quote; doubled quotes stand for one. −1 if there is none. */
  #endOfQuotes(bytes: Uint8Array, at: number): number {
    for (let i = bytes.indexOf(quote, at); i >= 0; i = bytes.indexOf(quote, i + 2)) {
      if (bytes[i + 1] !== quote) return i + 1;
    }
    return -1;
  }

  #add(start: number, end: number, isQuoted: number): void {
    if (this.#count === this.#starts.length) {
      this.#starts = grown(this.#starts, new Int32Array(this.#count * 2));
      this.#ends = grown(this.#ends, new Int32Array(this.#count * 2));
      this.#quoted = grown(this.#quoted, new Uint8Array(this.#count * 2));
    }
    this.#starts[this.#count] = start;
    this.#ends[this.#count] = end;
    this.#quoted[this.#count++] = isQuoted;
  }

  #isBlank(bytes: Uint8Array): boolean {
    if (this.#count !== 1 || this.#quoted[0]) return false;
    for (let i = this.#starts[0]!; i < this.#ends[0]!; i++) if (bytes[i] !== space && bytes[i] !== tab) return false;
    return true;
  }

  #locate(bytes: Uint8Array, index: number): FieldText {
    const field = this.#field;
    field.bytes = bytes;
    if (index >= this.#count) field.start = field.end = 0;
    else {
      field.start = this.#starts[index]!;
      field.end = this.#ends[index]!;
      if (this.#quoted[index]) this.#unquote(field);
    }
    return field;
  }

  #unquote(field: { bytes: Uint8Array; start: number; end: number }): void {
    const { bytes, end } = field;
    const plain = new Uint8Array(end - field.start);
    let length = 0;
    let isInside = true;
    for (let i = field.start + 1; i < end; i++) {
      if (isInside && bytes[i] === quote) {
        if (i + 1 === end || bytes[i + 1] !== quote) {
          isInside = false;
          continue;
        }
        i++;
      }
      plain[length++] = bytes[i]!;
    }
    field.bytes = plain;
    field.start = 0;
    field.end = length;
  }
}

function grown<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function recordTooLong(byteOffset: number): TesseraError {
  return new TesseraError('gone', `The CSV file cannot be read: the record at byte ${byteOffset} is longer than ${maxRecordByteLength / 2 ** 20} MiB. Is a quote missing?`);
}
