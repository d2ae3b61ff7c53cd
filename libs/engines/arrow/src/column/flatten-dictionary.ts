// A dictionary column as a plain one. Parquet's dictionaries differ from one row group to the next,
// which an Arrow file cannot express; and numpy has none.
import { TesseraError } from '@tessera/domain';
import { DataType, Field, LargeBinary, LargeUtf8, type RecordBatch, Schema, Type, makeData, type Data, type Dictionary } from 'apache-arrow';
import { batchOf } from '../batch/make-batch.ts';
import { isByteType, validRows, valueBytes } from './value-bytes.ts';

/** The type that a dictionary column gets: that of its values; text and binary in their usual layout. */
export function flattenedType(type: DataType): DataType {
  return DataType.isDictionary(type) ? (type as Dictionary).dictionary : type;
}

/** The schema in which no column is a dictionary. Columns inside lists and structs stay as they are. */
export function flattenSchema(schema: Schema): Schema {
  return new Schema(schema.fields.map((field) => new Field(field.name, flattenedType(field.type), field.nullable, field.metadata)), schema.metadata);
}

/** The batch in which no column is a dictionary, in the schema of `flattenSchema`. */
export function flattenBatch(batch: RecordBatch, schema: Schema = flattenSchema(batch.schema)): RecordBatch {
  return batchOf(schema, batch.data.children.map(flattenDictionary), batch.numRows);
}

/** @throws TesseraError unsupported for dictionaries of lists, structs and the like. */
export function flattenDictionary(data: Data): Data {
  if (!DataType.isDictionary(data.type)) return data;
  const { dictionary: type } = data.type as Dictionary;
  const indices = data.values as ArrayLike<number | bigint>;
  const isValid = validRows(data);
  const values = locator(data);
  const rows = Array.from({ length: data.length }, (_, row) => (isValid(row) ? values(Number(indices[row]!)) : undefined));
  if (type.typeId === Type.Bool) return gatherBools(type, rows);
  if (isByteType(type.typeId) && type.typeId !== Type.FixedSizeBinary) return gatherBytes(type, rows);
  if (type.typeId === Type.Null) return makeData({ type, length: rows.length } as never);
  if (type.children?.length || DataType.isDictionary(type)) throw new TesseraError('unsupported', `Dictionary columns of type ${type.toString()} cannot be read.`);
  return gatherFixed(type, rows);
}

interface Located {
  readonly chunk: Data;
  readonly row: number;
}

/** Finds a value of the dictionary, which has one chunk for itself and one for each delta. Undefined if the value itself is missing. */
function locator(data: Data): (index: number) => Located | undefined {
  const chunks = data.dictionary?.data ?? [];
  const validity = chunks.map(validRows);
  return (index) => {
    let row = index;
    for (let i = 0; i < chunks.length; i++) {
      const chunk = chunks[i]!;
      if (row < chunk.length) return validity[i]!(row) ? { chunk, row } : undefined;
      row -= chunk.length;
    }
    return undefined;
  };
}

type Rows = readonly (Located | undefined)[];

function validity(rows: Rows): { nullCount: number; nullBitmap?: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(rows.length / 8));
  let nullCount = 0;
  rows.forEach((located, row) => {
    if (located) nullBitmap[row >> 3]! |= 1 << (row & 7);
    else nullCount++;
  });
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap };
}

function gatherBytes(type: DataType, rows: Rows): Data {
  const readers = new Map<Data, (row: number) => Uint8Array>();
  const parts = rows.map((located) => {
    if (!located) return undefined;
    const read = readers.get(located.chunk) ?? valueBytes(located.chunk);
    readers.set(located.chunk, read);
    return read(located.row);
  });
  const byteLength = parts.reduce((sum, part) => sum + (part?.byteLength ?? 0), 0);
  if (byteLength > 2 ** 31 - 1 && !isLarge(type)) throw new TesseraError('too_large', 'A dictionary column is too large to be written out. Ask for fewer rows.');
  const data = new Uint8Array(byteLength);
  const valueOffsets = isLarge(type) ? new BigInt64Array(rows.length + 1) : new Int32Array(rows.length + 1);
  let at = 0;
  parts.forEach((part, row) => {
    if (part) data.set(part, at);
    at += part?.byteLength ?? 0;
    valueOffsets[row + 1] = isLarge(type) ? BigInt(at) : at;
  });
  return makeData({ type, length: rows.length, ...validity(rows), ...(isView(type) ? viewBuffers(type, data, valueOffsets) : { valueOffsets, data }) } as never);
}

const isLarge = (type: DataType) => type instanceof LargeUtf8 || type instanceof LargeBinary;
const isView = (type: DataType) => type.typeId === Type.Utf8View || type.typeId === Type.BinaryView;

/** Views over one buffer (Arrow columnar format, "Variable-size Binary View Layout"). */
function viewBuffers(type: DataType, data: Uint8Array, offsets: Int32Array | BigInt64Array): object {
  const views = new Uint8Array((offsets.length - 1) * 16);
  const view = new DataView(views.buffer);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const start = Number(offsets[row]);
    const value = data.subarray(start, Number(offsets[row + 1]));
    view.setInt32(row * 16, value.byteLength, true);
    views.set(value.subarray(0, value.byteLength <= 12 ? 12 : 4), row * 16 + 4);
    if (value.byteLength > 12) view.setInt32(row * 16 + 12, start, true);
  }
  return { type, views, variadicBuffers: [data] };
}

function gatherBools(type: DataType, rows: Rows): Data {
  const data = new Uint8Array(Math.ceil(rows.length / 8));
  rows.forEach((located, row) => {
    if (!located) return;
    const at = located.chunk.offset + located.row;
    if ((located.chunk.values as Uint8Array)[at >> 3]! & (1 << (at & 7))) data[row >> 3]! |= 1 << (row & 7);
  });
  return makeData({ type, length: rows.length, ...validity(rows), data } as never);
}

type AnyTypedArray = Uint8Array & { constructor: new (length: number) => Uint8Array };

function gatherFixed(type: DataType, rows: Rows): Data {
  const first = rows.find((located) => located)?.chunk;
  const stride = first?.stride ?? 1;
  const ArrayType = first ? (first.values as AnyTypedArray).constructor : (type.ArrayType as AnyTypedArray['constructor']);
  const data = new ArrayType(rows.length * stride);
  rows.forEach((located, row) => {
    if (!located) return;
    const values = located.chunk.values as Uint8Array;
    for (let i = 0; i < stride; i++) data[row * stride + i] = values[located.row * stride + i]!;
  });
  return makeData({ type, length: rows.length, ...validity(rows), data } as never);
}

