// CSV fields to Arrow buffers, without a JavaScript value for each.
import { TesseraError } from '@tessera/domain';
import { Bool, Float64, Int64, Uint64, Utf8, makeData, type Data } from 'apache-arrow';
import { arrowTypeOf, type CsvTimeType, type CsvType } from './infer-type.ts';
import { isMissing, numberKind, parseBool, scannedFloat64, scannedInteger } from './parse-field.ts';
import { scannedTime, scanTime } from './parse-time.ts';
import type { FieldText } from './split-records.ts';

export type CsvEncoding = 'utf-8' | 'latin-1';

/** Gathers one column of a batch. */
export interface ColumnBuilder {
  readonly byteLength: number;
  /** @throws TesseraError stale if the field is not of the column's type: then the file has changed. */
  add(field: FieldText): void;
  /** What was gathered; the builder starts anew. */
  finish(): Data;
}

export function columnBuilder(type: CsvType, encoding: CsvEncoding): ColumnBuilder {
  switch (type) {
    case 'utf8':
      return new TextBuilder(encoding);
    case 'bool':
      return new BoolBuilder();
    case 'float64':
      return new Float64Builder();
    case 'int64':
    case 'uint64':
      return new IntegerBuilder(type === 'int64');
    case 'date32':
      return new DateBuilder();
    default:
      return new TimestampBuilder(type);
  }
}

function changed(): TesseraError {
  return new TesseraError('stale', 'The CSV file has changed since it was indexed: its values no longer fit the types of their columns.');
}

/** One bit a row, set where there is a value. */
class Validity {
  #bits = new Uint8Array(1024);
  length = 0;
  nullCount = 0;

  add(isValid: boolean): void {
    if (this.length >> 3 >= this.#bits.length) this.#bits = grown(this.#bits, new Uint8Array(this.#bits.length * 2));
    if (isValid) this.#bits[this.length >> 3]! |= 1 << (this.length & 7);
    else this.nullCount++;
    this.length++;
  }

  finish(): { length: number; nullCount: number; nullBitmap?: Uint8Array } {
    const { length, nullCount } = this;
    const nullBitmap = this.#bits.slice(0, Math.ceil(length / 8));
    this.#bits.fill(0);
    this.length = 0;
    this.nullCount = 0;
    return nullCount === 0 ? { length, nullCount } : { length, nullCount, nullBitmap };
  }
}

class Float64Builder implements ColumnBuilder {
  readonly #validity = new Validity();
  #values = new Float64Array(1024);

  get byteLength(): number {
    return this.#validity.length * 8;
  }

  add(field: FieldText): void {
    const row = this.#validity.length;
    if (row === this.#values.length) this.#values = grown(this.#values, new Float64Array(row * 2));
    const missing = isMissing(field);
    if (!missing && numberKind(field) === undefined) throw changed();
    this.#values[row] = missing ? NaN : scannedFloat64(field);
    this.#validity.add(!missing);
  }

  finish(): Data {
    const common = this.#validity.finish();
    return makeData({ type: new Float64(), ...common, data: this.#values.slice(0, common.length) } as never);
  }
}

class IntegerBuilder implements ColumnBuilder {
  readonly #validity = new Validity();
  readonly #isSigned: boolean;
  #values = new BigInt64Array(1024);
  /** The same memory in halves: small numbers are written without a BigInt. */
  #halves = new Int32Array(this.#values.buffer);

  constructor(isSigned: boolean) {
    this.#isSigned = isSigned;
  }

  get byteLength(): number {
    return this.#validity.length * 8;
  }

  add(field: FieldText): void {
    const row = this.#validity.length;
    if (row === this.#values.length) this.#grow();
    const missing = isMissing(field);
    if (!missing && numberKind(field) !== 'int') throw changed();
    const value = missing ? 0 : scannedInteger(field);
    if (typeof value === 'bigint') this.#values[row] = value;
    else {
      this.#halves[row * 2] = value;
      this.#halves[row * 2 + 1] = Math.floor(value / 2 ** 32);
    }
    this.#validity.add(!missing);
  }

  #grow(): void {
    const wider = new BigInt64Array(this.#values.length * 2);
    wider.set(this.#values);
    this.#values = wider;
    this.#halves = new Int32Array(wider.buffer);
  }

  finish(): Data {
    const common = this.#validity.finish();
    const values = this.#values.slice(0, common.length);
    return makeData(this.#isSigned ? { type: new Int64(), ...common, data: values } as never : { type: new Uint64(), ...common, data: new BigUint64Array(values.buffer) } as never);
  }
}

class DateBuilder implements ColumnBuilder {
  readonly #validity = new Validity();
  #values = new Int32Array(1024);

  get byteLength(): number {
    return this.#validity.length * 4;
  }

  add(field: FieldText): void {
    const row = this.#validity.length;
    if (row === this.#values.length) this.#values = grown(this.#values, new Int32Array(row * 2));
    const missing = isMissing(field);
    if (!missing && (!scanTime(field) || scannedTime.hasTime)) throw changed();
    this.#values[row] = missing ? 0 : scannedTime.day;
    this.#validity.add(!missing);
  }

  finish(): Data {
    const common = this.#validity.finish();
    return makeData({ type: arrowTypeOf('date32'), ...common, data: this.#values.slice(0, common.length) } as never);
  }
}

class TimestampBuilder implements ColumnBuilder {
  readonly #validity = new Validity();
  readonly #type: CsvTimeType;
  readonly #isNanoseconds: boolean;
  readonly #isZoned: boolean;
  #values = new BigInt64Array(1024);

  constructor(type: CsvTimeType) {
    this.#type = type;
    this.#isNanoseconds = type.startsWith('timestamp[ns');
    this.#isZoned = type.endsWith('UTC]');
  }

  get byteLength(): number {
    return this.#validity.length * 8;
  }

  add(field: FieldText): void {
    const row = this.#validity.length;
    if (row === this.#values.length) this.#values = grown(this.#values, new BigInt64Array(row * 2));
    const missing = isMissing(field);
    this.#values[row] = missing ? 0n : this.#countOf(field);
    this.#validity.add(!missing);
  }

  #countOf(field: FieldText): bigint {
    const fits = scanTime(field) && scannedTime.hasZone === this.#isZoned && (this.#isNanoseconds || !scannedTime.hasFraction);
    if (!fits) throw changed();
    const second = BigInt(scannedTime.second);
    return this.#isNanoseconds ? second * 1_000_000_000n + BigInt(scannedTime.nanosecond) : second;
  }

  finish(): Data {
    const common = this.#validity.finish();
    return makeData({ type: arrowTypeOf(this.#type), ...common, data: this.#values.slice(0, common.length) } as never);
  }
}

class BoolBuilder implements ColumnBuilder {
  readonly #validity = new Validity();
  readonly #values = new Validity();

  get byteLength(): number {
    return this.#validity.length >> 2;
  }

  add(field: FieldText): void {
    const missing = isMissing(field);
    const value = missing ? false : parseBool(field);
    if (value === undefined) throw changed();
    this.#validity.add(!missing);
    this.#values.add(value);
  }

  finish(): Data {
    const values = this.#values.finish();
    const data = values.nullBitmap ?? new Uint8Array(Math.ceil(values.length / 8)).fill(255);
    return makeData({ type: new Bool(), ...this.#validity.finish(), data } as never);
  }
}

class TextBuilder implements ColumnBuilder {
  readonly #validity = new Validity();
  #offsets = new Int32Array(1024);
  #bytes = new Uint8Array(16 * 2 ** 10);
  #byteLength = 0;

  constructor(private readonly encoding: CsvEncoding) {}

  get byteLength(): number {
    return this.#byteLength + this.#validity.length * 4;
  }

  add(field: FieldText): void {
    const missing = isMissing(field);
    this.#validity.add(!missing);
    if (!missing) this.#append(field);
    const row = this.#validity.length;
    if (row === this.#offsets.length) this.#offsets = grown(this.#offsets, new Int32Array(row * 2));
    this.#offsets[row] = this.#byteLength;
  }

  #append(field: FieldText): void {
    const { bytes, start, end } = this.encoding === 'utf-8' ? field : toUtf8(field);
    const total = this.#byteLength + end - start;
    if (total > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(Math.max(total, this.#bytes.length * 2)));
    // Most texts are shorter than it is worth to make a view for.
    if (end - start > 32) this.#bytes.set(bytes.subarray(start, end), this.#byteLength);
    else for (let from = start, to = this.#byteLength; from < end; from++, to++) this.#bytes[to] = bytes[from]!;
    this.#byteLength = total;
  }

  finish(): Data {
    const common = this.#validity.finish();
    const valueOffsets = this.#offsets.slice(0, common.length + 1);
    const data = this.#bytes.slice(0, this.#byteLength);
    this.#byteLength = 0;
    return makeData({ type: new Utf8(), ...common, valueOffsets, data } as never);
  }
}

function toUtf8({ bytes, start, end }: FieldText): FieldText {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  const encoded = Buffer.from(text, 'utf8');
  return { bytes: encoded, start: 0, end: encoded.byteLength };
}

function grown<T extends Uint8Array | Int32Array | Float64Array | BigInt64Array>(from: T, to: T): T {
  to.set(from as never);
  return to;
}
