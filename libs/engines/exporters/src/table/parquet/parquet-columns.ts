// Columns as Parquet can hold them. Parquet counts times in milliseconds at least and has no decimals of tens,
// as pyarrow has it; intervals are texts.
import { TesseraError } from '@tessera/domain';
import { batchOf, flattenDictionary, makeColumn, mapField, validRows, type Data, type RecordBatch, type Schema } from '@tessera/arrow';
import { DataType, DateDay, Decimal, Schema as ArrowSchema, TimeMillisecond, TimestampMillisecond, Type, Utf8, makeData, type Date_, type Dictionary, type Time, type Timestamp } from 'apache-arrow';
import { intervalText } from '../interval-text.ts';

const maxDigits = 76;

/** @throws TesseraError not_acceptable for unions. */
export function storedSchema(schema: Schema): Schema {
  return new ArrowSchema(schema.fields.map((field) => mapField(field, storedType)), schema.metadata);
}

/** A batch in the schema of `storedSchema`; columns that need no change are not copied. */
export function storedBatch(schema: Schema, batch: RecordBatch): RecordBatch {
  return batchOf(schema, batch.data.children.map((column, i) => storedData(column, schema.fields[i]!.type)), batch.numRows);
}

function storedType(type: DataType): DataType {
  if (DataType.isDictionary(type)) {
    const values = (type as Dictionary).dictionary;
    const stored = storedType(values);
    return stored === values ? type : stored;
  }
  switch (type.typeId) {
    case Type.Date:
      return (type as Date_).unit === 0 ? type : new DateDay();
    case Type.Time:
      return (type as Time).unit === 0 ? new TimeMillisecond() : type;
    case Type.Timestamp:
      return (type as Timestamp).unit === 0 ? new TimestampMillisecond((type as Timestamp).timezone) : type;
    case Type.Decimal:
      return (type as Decimal).scale < 0 ? wholeDecimal(type as Decimal) : type;
    case Type.Interval:
      return new Utf8();
    case Type.Union:
      throw new TesseraError('not_acceptable', 'Columns that are unions cannot be written as Parquet. Leave them out, or ask for an Arrow file.');
    default:
      return type;
  }
}

function wholeDecimal({ precision, scale }: Decimal): Decimal {
  const digits = precision - scale;
  if (digits > maxDigits) throw new TesseraError('not_acceptable', `Decimals of ${digits} digits cannot be written as Parquet. Leave their columns out, or ask for an Arrow file.`);
  return new Decimal(0, digits, digits > 38 ? 256 : 128);
}

function storedData(data: Data, type: DataType): Data {
  if (data.type === type || String(data.type) === String(type)) return data;
  if (DataType.isDictionary(data.type)) return storedData(flattenDictionary(data), type);
  const common = { type, length: data.length, nullCount: data.nullCount, nullBitmap: data.nullBitmap, offset: data.offset };
  switch (data.typeId) {
    case Type.Date:
      return makeData({ ...withoutOffset(data, type), data: Int32Array.from(data.values as BigInt64Array, (count) => Math.floor(Number(count) / 86_400_000)) } as never);
    case Type.Time:
      return makeData({ ...withoutOffset(data, type), data: (data.values as Int32Array).map((count) => count * 1000) } as never);
    case Type.Timestamp:
      return makeData({ ...withoutOffset(data, type), data: (data.values as BigInt64Array).map((count) => count * 1000n) } as never);
    case Type.Decimal:
      return makeData({ ...withoutOffset(data, type), data: wholeNumbers(data, type as Decimal) } as never);
    case Type.Interval: {
      const isValid = validRows(data);
      const textOf = intervalText(data);
      return makeColumn(Array.from({ length: data.length }, (_, row) => (isValid(row) ? textOf(row) : null)));
    }
    case Type.Struct:
      return makeData({ ...common, children: data.children.map((child, i) => storedData(child, type.children[i]!.type)) } as never);
    default:
      return makeData({ ...common, ...(data.valueOffsets ? { valueOffsets: data.valueOffsets } : {}), child: storedData(data.children[0]!, type.children[0]!.type) } as never);
  }
}

/** What data of the same rows and new values has: its values start at its first row, its validity where it did. */
function withoutOffset(data: Data, type: DataType): object {
  if (data.nullCount === 0) return { type, length: data.length, nullCount: 0 };
  const nullBitmap = new Uint8Array(Math.ceil(data.length / 8));
  const isValid = validRows(data);
  for (let row = 0; row < data.length; row++) if (isValid(row)) nullBitmap[row >> 3]! |= 1 << (row & 7);
  return { type, length: data.length, nullCount: -1, nullBitmap };
}

function wholeNumbers(data: Data, { bitWidth }: Decimal): Uint32Array {
  const { scale } = data.type as Decimal;
  const stride = bitWidth / 32;
  const words = new Uint32Array(data.length * stride);
  const source = data.values as Uint32Array;
  const factor = 10n ** BigInt(-scale);
  for (let row = 0; row < data.length; row++) {
    let value = 0n;
    for (let i = data.stride - 1; i >= 0; i--) value = (value << 32n) | BigInt(source[row * data.stride + i]!);
    value = BigInt.asUintN(bitWidth, BigInt.asIntN(data.stride * 32, value) * factor);
    for (let i = 0; i < stride; i++, value >>= 32n) words[row * stride + i] = Number(value & 0xffff_ffffn);
  }
  return words;
}
