// CSV fields to Arrow buffers, without a JavaScript value for each.
import { TesseraError } from '@tessera/domain';
import { Bool, Float64, Int64, Uint64, Utf8, makeData, type Data } from 'apache-arrow';
import type { CsvType } from './infer-type.ts';
import { isMissing, numberKind, parseBool, parseFloat64, parseInteger } from './parse-field.ts';

export type CsvEncoding = 'utf-8' | 'latin-1';

/** Gathers one column of a batch. */
export interface ColumnBuilder {
  readonly byteLength: number;
  /** @throws TesseraError stale if the field is not of the column's type: then the file has changed. */
  add(field: Uint8Array): void;
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
      return new NumberBuilder(type, (capacity) => new Float64Array(capacity), parseFloat64);
    case 'int64':
    case 'uint64':
      return new NumberBuilder(type, (capacity) => (type === 'int64' ? new BigInt64Array(capacity) : new BigUint64Array(capacity)), parseInteger);
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

type Numbers = Float64Array | BigInt64Array | BigUint64Array;

class NumberBuilder implements ColumnBuilder {
  readonly #validity = new Validity();
  #values: Numbers;

  constructor(
    private readonly type: 'int64' | 'uint64' | 'float64',
    private readonly allocate: (capacity: number) => Numbers,
    private readonly parse: (field: Uint8Array) => number | bigint,
  ) {
    this.#values = allocate(1024);
  }

  get byteLength(): number {
    return this.#validity.length * 8;
  }

  add(field: Uint8Array): void {
    const row = this.#validity.length;
    if (row === this.#values.length) this.#grow();
    const missing = isMissing(field);
    this.#validity.add(!missing);
    if (missing) {
      this.#values[row] = this.type === 'float64' ? NaN : 0n;
      return;
    }
    const kind = numberKind(field);
    if (kind === undefined || (kind === 'float' && this.type !== 'float64')) throw changed();
    this.#values[row] = this.parse(field);
  }

  #grow(): void {
    const wider = this.allocate(this.#values.length * 2);
    (wider as Float64Array).set(this.#values as Float64Array);
    this.#values = wider;
  }

  finish(): Data {
    const types = { int64: Int64, uint64: Uint64, float64: Float64 };
    const common = this.#validity.finish();
    return makeData({ type: new types[this.type](), ...common, data: this.#values.slice(0, common.length) } as never);
  }
}

class BoolBuilder implements ColumnBuilder {
  readonly #validity = new Validity();
  readonly #values = new Validity();

  get byteLength(): number {
    return this.#validity.length >> 2;
  }

  add(field: Uint8Array): void {
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

  add(field: Uint8Array): void {
    const missing = isMissing(field);
    this.#validity.add(!missing);
    if (!missing) this.#append(this.encoding === 'utf-8' ? field : toUtf8(field));
    const row = this.#validity.length;
    if (row === this.#offsets.length) this.#offsets = grown(this.#offsets, new Int32Array(row * 2));
    this.#offsets[row] = this.#byteLength;
  }

  #append(text: Uint8Array): void {
    const end = this.#byteLength + text.byteLength;
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(Math.max(end, this.#bytes.length * 2)));
    this.#bytes.set(text, this.#byteLength);
    this.#byteLength = end;
  }

  finish(): Data {
    const common = this.#validity.finish();
    const valueOffsets = this.#offsets.slice(0, common.length + 1);
    const data = this.#bytes.slice(0, this.#byteLength);
    this.#byteLength = 0;
    return makeData({ type: new Utf8(), ...common, valueOffsets, data } as never);
  }
}

function toUtf8(field: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(field.buffer, field.byteOffset, field.byteLength).toString('latin1'), 'utf8');
}

function grown<T extends Uint8Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
