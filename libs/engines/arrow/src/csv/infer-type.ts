import { Bool, DateDay, Field, Float64, Int64, TimestampNanosecond, TimestampSecond, Uint64, Utf8, type DataType } from 'apache-arrow';
import { isMissing, numberKind, parseBool, scannedInteger } from './parse-field.ts';
import { scannedTime, scanTime } from './parse-time.ts';
import type { FieldText } from './split-records.ts';

export type CsvTimeType = 'date32' | 'timestamp[s]' | 'timestamp[ns]' | 'timestamp[s, UTC]' | 'timestamp[ns, UTC]';
export type CsvType = 'int64' | 'uint64' | 'float64' | 'bool' | 'utf8' | CsvTimeType;

/** Whole seconds that an int64 of nanoseconds can hold, less one at either end for the fraction. */
const maxNanosecondSecond = 9_223_372_035;

const int64Range = [-(2n ** 63n), 2n ** 63n - 1n] as const;
const uint64Max = 2n ** 64n - 1n;

/** Finds the type of a column from all of its fields: numbers and booleans as pandas.read_csv does, dates and times as pyarrow.csv. */
export class TypeInference {
  #isInteger = true;
  #isNumber = true;
  #isBool = true;
  #isTime = true;
  /** Of the values that are times. */
  #hasDate = false;
  #hasLocal = false;
  #hasZoned = false;
  #hasFraction = false;
  #fitsNanoseconds = true;
  #fitsInt64 = true;
  #fitsUint64 = true;
  #valueCount = 0;
  #missingCount = 0;

  add(field: FieldText): void {
    if (isMissing(field)) {
      this.#missingCount++;
      return;
    }
    this.#valueCount++;
    if (this.#isNumber) this.#addNumber(field);
    if (this.#isBool) this.#isBool = parseBool(field) !== undefined;
    if (this.#isTime) this.#addTime(field);
  }

  #addTime(field: FieldText): void {
    this.#isTime = scanTime(field);
    if (!this.#isTime) return;
    if (!scannedTime.hasTime) this.#hasDate = true;
    else if (scannedTime.hasZone) this.#hasZoned = true;
    else this.#hasLocal = true;
    if (scannedTime.hasFraction) this.#hasFraction = true;
    if (Math.abs(scannedTime.second) > maxNanosecondSecond) this.#fitsNanoseconds = false;
  }

  #addNumber(field: FieldText): void {
    const kind = numberKind(field);
    this.#isNumber = kind !== undefined;
    if (kind !== 'int') {
      this.#isInteger = false;
      return;
    }
    if (!this.#isInteger) return;
    const value = scannedInteger(field);
    if (value < 0 || value > uint64Max) this.#fitsUint64 = false;
    if (typeof value === 'bigint' && (value < int64Range[0] || value > int64Range[1])) this.#fitsInt64 = false;
  }

  get type(): CsvType {
    const hasMissing = this.#missingCount > 0;
    if (this.#valueCount === 0) return hasMissing ? 'float64' : 'utf8';
    if (this.#isNumber && this.#isInteger) {
      // Missing values make integers floating point, as in a pandas column.
      if (this.#fitsInt64) return hasMissing ? 'float64' : 'int64';
      return this.#fitsUint64 && !hasMissing ? 'uint64' : 'utf8';
    }
    if (this.#isNumber) return 'float64';
    return this.#isBool ? 'bool' : this.#timeType ?? 'utf8';
  }

  /** Undefined if the values are no times, or no times of one kind. */
  get #timeType(): CsvTimeType | undefined {
    if (!this.#isTime || (this.#hasZoned && (this.#hasDate || this.#hasLocal))) return undefined;
    if (!this.#hasZoned && !this.#hasLocal) return 'date32';
    if (this.#hasFraction && !this.#fitsNanoseconds) return undefined;
    const unit = this.#hasFraction ? 'ns' : 's';
    return this.#hasZoned ? `timestamp[${unit}, UTC]` : `timestamp[${unit}]`;
  }

  get hasMissing(): boolean {
    return this.#missingCount > 0;
  }
}

const arrowTypes: Record<CsvType, () => DataType> = {
  int64: () => new Int64(),
  uint64: () => new Uint64(),
  float64: () => new Float64(),
  bool: () => new Bool(),
  utf8: () => new Utf8(),
  date32: () => new DateDay(),
  'timestamp[s]': () => new TimestampSecond(),
  'timestamp[ns]': () => new TimestampNanosecond(),
  'timestamp[s, UTC]': () => new TimestampSecond('UTC'),
  'timestamp[ns, UTC]': () => new TimestampNanosecond('UTC'),
};

export function csvField(name: string, type: CsvType, isNullable: boolean): Field {
  return new Field(name, arrowTypeOf(type), isNullable);
}

export function arrowTypeOf(type: CsvType): DataType {
  return arrowTypes[type]();
}
