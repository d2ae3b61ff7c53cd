import { Bool, Field, Float64, Int64, Uint64, Utf8, type DataType } from 'apache-arrow';
import { isMissing, numberKind, parseBool, scannedInteger } from './parse-field.ts';
import type { FieldText } from './split-records.ts';

export type CsvType = 'int64' | 'uint64' | 'float64' | 'bool' | 'utf8';

const int64Range = [-(2n ** 63n), 2n ** 63n - 1n] as const;
const uint64Max = 2n ** 64n - 1n;

/** Finds the type of a column from all of its fields, as pandas.read_csv does. */
export class TypeInference {
  #isInteger = true;
  #isNumber = true;
  #isBool = true;
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
    return this.#isBool ? 'bool' : 'utf8';
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
};

export function csvField(name: string, type: CsvType, isNullable: boolean): Field {
  return new Field(name, arrowTypes[type](), isNullable);
}
