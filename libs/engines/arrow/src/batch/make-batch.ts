// Record batches from plain values. Strings are written into one buffer:
// apache-arrow's builders take a microsecond and more for each.
import { TesseraError } from '@tessera/domain';
import {
  Bool, Field, Float16, Float32, Float64, Int16, Int32, Int64, Int8, RecordBatch, Schema, Struct, TimestampMicrosecond, TimestampMillisecond,
  TimestampNanosecond, TimestampSecond, Uint16, Uint32, Uint64, Uint8, Utf8, makeData, type Data, type DataType,
} from 'apache-arrow';

/** One column: a typed array, strings or booleans with null for what is missing, or Arrow data made elsewhere. */
export type ColumnValues =
  | Int8Array | Int16Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array | Uint32Array | BigUint64Array | Float32Array | Float64Array
  | readonly (string | null)[]
  | readonly (boolean | null)[]
  | Data;

const numericTypes = new Map<unknown, () => DataType>([
  [Int8Array, () => new Int8()], [Int16Array, () => new Int16()], [Int32Array, () => new Int32()], [BigInt64Array, () => new Int64()],
  [Uint8Array, () => new Uint8()], [Uint16Array, () => new Uint16()], [Uint32Array, () => new Uint32()], [BigUint64Array, () => new Uint64()],
  [Float32Array, () => new Float32()], [Float64Array, () => new Float64()],
]);

/** A batch of named columns of equal length, in this order. @throws TesseraError internal if their lengths differ. */
export function makeBatch(columns: ReadonlyMap<string, ColumnValues> | Readonly<Record<string, ColumnValues>>, metadata?: Map<string, string>): RecordBatch {
  const entries = columns instanceof Map ? [...columns.entries()] : Object.entries(columns);
  const children = entries.map(([, values]) => makeColumn(values as ColumnValues));
  const fields = entries.map(([name], i) => new Field(name as string, children[i]!.type, children[i]!.nullCount > 0));
  return batchOf(new Schema(fields, metadata), children);
}

/** A batch of columns that fit a schema. @throws TesseraError internal if their lengths differ. */
export function batchOf(schema: Schema, children: readonly Data[], rowCount: number = children[0]?.length ?? 0): RecordBatch {
  if (children.some((child) => child.length !== rowCount)) throw new TesseraError('internal', 'The columns of a record batch differ in length.');
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rowCount, nullCount: 0, children: [...children] }));
}

export function makeColumn(values: ColumnValues): Data {
  if (Array.isArray(values)) {
    const isText = values.some((value) => typeof value === 'string') || !values.some((value) => typeof value === 'boolean');
    return isText ? utf8Column(values as (string | null)[]) : boolColumn(values as (boolean | null)[]);
  }
  const type = numericTypes.get((values as object).constructor);
  return type ? makeData({ type: type(), data: values as never, length: (values as Int8Array).length, nullCount: 0 } as never) : (values as Data);
}

/** int64 counts since the epoch, in a unit of numpy's, as a timestamp column. */
export function timestampColumn(counts: BigInt64Array, unit: 's' | 'ms' | 'us' | 'ns', timezone?: string): Data {
  const types = { s: TimestampSecond, ms: TimestampMillisecond, us: TimestampMicrosecond, ns: TimestampNanosecond };
  return makeData({ type: new types[unit](timezone ?? null), data: counts, length: counts.length, nullCount: 0 } as never);
}

/** IEEE half floats, given by their bits. */
export function float16Column(bits: Uint16Array): Data {
  return makeData({ type: new Float16(), data: bits, length: bits.length, nullCount: 0 } as never);
}

function utf8Column(values: readonly (string | null)[]): Data {
  const valueOffsets = new Int32Array(values.length + 1);
  // A UTF-16 unit takes at most three bytes in UTF-8.
  const bytes = new Uint8Array(values.reduce((sum, value) => sum + (value?.length ?? 0) * 3, 0));
  const encoder = new TextEncoder();
  let at = 0;
  values.forEach((value, row) => {
    if (value) at += encoder.encodeInto(value, bytes.subarray(at)).written;
    valueOffsets[row + 1] = at;
  });
  return makeData({ type: new Utf8(), length: values.length, ...validity(values), valueOffsets, data: bytes.slice(0, at) } as never);
}

function boolColumn(values: readonly (boolean | null)[]): Data {
  const data = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, row) => {
    if (value) data[row >> 3]! |= 1 << (row & 7);
  });
  return makeData({ type: new Bool(), length: values.length, ...validity(values), data } as never);
}

function validity(values: readonly unknown[]): { nullCount: number; nullBitmap?: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  let nullCount = 0;
  values.forEach((value, row) => {
    if (value === null) nullCount++;
    else nullBitmap[row >> 3]! |= 1 << (row & 7);
  });
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap };
}
