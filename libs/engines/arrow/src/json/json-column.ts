// JSON values to Arrow, by a type that `JsonInference` found.
import { TesseraError } from '@tessera/domain';
import { Type, makeData, type Data, type DataType, type List, type Struct } from 'apache-arrow';
import { makeColumn } from '../batch/make-batch.ts';
import { isRawNumber } from './parse-line.ts';

/** A column of values, which may be missing. @throws TesseraError stale if one is not of the type: then the file has changed. */
export function jsonColumn(type: DataType, values: readonly unknown[]): Data {
  switch (type.typeId) {
    case Type.Null: return nullColumn(type, values);
    case Type.Bool: return makeColumn(values.map((value) => fitting(value, typeof value === 'boolean')) as boolean[]);
    case Type.Int: return makeData({ type, ...validity(values), data: BigInt64Array.from(values, integerOf) } as never);
    case Type.Float: return makeData({ type, ...validity(values), data: Float64Array.from(values, numberOf) } as never);
    case Type.Utf8: return textColumn(values);
    case Type.List: return listColumn(type as List, values);
    case Type.Struct: return structColumn(type as Struct, values);
    default: throw changed();
  }
}

function nullColumn(type: DataType, values: readonly unknown[]): Data {
  if (values.some((value) => !isMissing(value))) throw changed();
  return makeData({ type, length: values.length, nullCount: values.length } as never);
}

/** Text stays as it is; what else is among it is written as JSON. */
function textColumn(values: readonly unknown[]): Data {
  return makeColumn(values.map((value) => (isMissing(value) ? null : typeof value === 'string' ? value : textOf(value))));
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new TesseraError('unsupported', 'A value is nested too deeply to be read. Ask for other columns.', {}, { cause });
  }
}

function listColumn(type: List, values: readonly unknown[]): Data {
  const valueOffsets = new Int32Array(values.length + 1);
  const items: unknown[] = [];
  values.forEach((value, row) => {
    if (!isMissing(value)) for (const item of fitting(value, Array.isArray(value)) as readonly unknown[]) items.push(item);
    valueOffsets[row + 1] = items.length;
  });
  return makeData({ type, ...validity(values), valueOffsets, child: jsonColumn(type.valueType, items) } as never);
}

function structColumn(type: Struct, values: readonly unknown[]): Data {
  for (const value of values) fitting(value, typeof value === 'object' && !Array.isArray(value) && !isRawNumber(value));
  const children = type.children.map((field) => jsonColumn(field.type, values.map((value) => ownValue(value, field.name))));
  return makeData({ type, ...validity(values), children } as never);
}

/** A field of an object; a key of JavaScript's own is none. */
export function ownValue(value: unknown, name: string): unknown {
  return !isMissing(value) && Object.hasOwn(value as object, name) ? (value as Record<string, unknown>)[name] : null;
}

function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function fitting(value: unknown, fits: boolean): unknown {
  if (isMissing(value)) return null;
  if (!fits) throw changed();
  return value;
}

function integerOf(value: unknown): bigint {
  if (isMissing(value)) return 0n;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (isRawNumber(value) && !/[.eE]/.test(value.rawJSON)) return BigInt(value.rawJSON);
  throw changed();
}

function numberOf(value: unknown): number {
  if (isMissing(value)) return 0;
  if (typeof value === 'number') return value;
  if (isRawNumber(value)) return Number(value.rawJSON);
  throw changed();
}

function validity(values: readonly unknown[]): { length: number; nullCount: number; nullBitmap?: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  let nullCount = 0;
  values.forEach((value, row) => {
    if (isMissing(value)) nullCount++;
    else nullBitmap[row >> 3]! |= 1 << (row & 7);
  });
  return { length: values.length, nullCount, ...(nullCount === 0 ? {} : { nullBitmap }) };
}

function changed(): TesseraError {
  return new TesseraError('stale', 'The file has changed since it was indexed: its values no longer fit the types of their columns.');
}
