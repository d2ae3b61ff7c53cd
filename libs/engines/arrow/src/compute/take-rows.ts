// Some rows of a column or batch, gathered into buffers of their own.
import { DataType, RecordBatch, Struct, Type, UnionMode, makeData, type Data, type FixedSizeList, type Union } from 'apache-arrow';
import { bitWidth } from '../column/bit-width.ts';

/** The rows of these numbers, in this order. */
export function takeRows(batch: RecordBatch, rows: Int32Array): RecordBatch {
  const children = batch.data.children.map((child) => takeValues(child, rows));
  return new RecordBatch(batch.schema, makeData({ type: new Struct(batch.schema.fields), length: rows.length, nullCount: 0, children }));
}

/** The values of these rows. Dictionaries and the data of views are shared with the column. */
export function takeValues(data: Data, rows: Int32Array): Data {
  const { type, typeId } = data;
  const { length } = rows;
  if (typeId === Type.Null && !DataType.isDictionary(type)) return makeData({ type, length } as never);
  if (DataType.isUnion(type)) return takeUnion(data as Data as Data<Union>, rows);
  const nullBitmap = data.nullCount > 0 ? takeBits(data.nullBitmap!, data.offset, rows) : undefined;
  const common = { type, length, nullCount: nullBitmap ? -1 : 0, nullBitmap };
  if (DataType.isDictionary(type)) return makeData({ ...common, data: takeFixed(data.values as Uint8Array, (data.values as Uint8Array).BYTES_PER_ELEMENT, rows), dictionary: data.dictionary } as never);
  switch (typeId) {
    case Type.Bool:
      return makeData({ ...common, data: takeBits(data.values as Uint8Array, data.offset, rows) } as never);
    case Type.Utf8:
    case Type.Binary:
    case Type.LargeUtf8:
    case Type.LargeBinary: {
      const valueOffsets = takeOffsets(data, rows);
      return makeData({ ...common, valueOffsets, data: takeBytes(data, rows, Number(valueOffsets[length])) } as never);
    }
    case Type.Utf8View:
    case Type.BinaryView:
      return makeData({ ...common, views: takeFixed(data.values as Uint8Array, 16, rows), variadicBuffers: data.variadicBuffers } as never);
    case Type.List:
    case Type.LargeList:
    case Type.Map: {
      const valueOffsets = takeOffsets(data, rows);
      return makeData({ ...common, valueOffsets, child: takeValues(data.children[0]!, itemRows(data, rows, Number(valueOffsets[length]))) } as never);
    }
    case Type.FixedSizeList: {
      const { listSize } = type as FixedSizeList;
      const items = Int32Array.from({ length: length * listSize }, (_, i) => rows[Math.floor(i / listSize)]! * listSize + (i % listSize));
      return makeData({ ...common, child: takeValues(data.children[0]!, items) } as never);
    }
    case Type.Struct:
      return makeData({ ...common, children: data.children.map((child) => takeValues(child, rows)) } as never);
    default:
      return makeData({ ...common, data: takeFixed(data.values as Uint8Array, bitWidth(type) / 8, rows) } as never);
  }
}

function takeBits(bits: Uint8Array, bitOffset: number, rows: Int32Array): Uint8Array {
  const taken = new Uint8Array((rows.length + 7) >> 3);
  for (let i = 0; i < rows.length; i++) {
    const at = bitOffset + rows[i]!;
    taken[i >> 3]! |= ((bits[at >> 3]! >> (at & 7)) & 1) << (i & 7);
  }
  return taken;
}

/** Values of a width of their own, moved as words of 32 bits where they fit: a double would not keep every pattern of bits. */
function takeFixed(values: ArrayBufferView, byteWidth: number, rows: Int32Array): Uint8Array {
  const isAligned = byteWidth % 4 === 0 && values.byteOffset % 4 === 0;
  const taken = new Uint8Array(rows.length * byteWidth);
  if (isAligned) takeWords(new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2), new Int32Array(taken.buffer), byteWidth >> 2, rows);
  else takeWords(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), taken, byteWidth, rows);
  return taken;
}

function takeWords<Words extends Int32Array | Uint8Array>(from: Words, to: Words, stride: number, rows: Int32Array): void {
  if (stride === 1) {
    for (let i = 0; i < rows.length; i++) to[i] = from[rows[i]!]!;
    return;
  }
  if (stride === 2) {
    for (let i = 0; i < rows.length; i++) {
      to[i * 2] = from[rows[i]! * 2]!;
      to[i * 2 + 1] = from[rows[i]! * 2 + 1]!;
    }
    return;
  }
  for (let i = 0; i < rows.length; i++) {
    const at = rows[i]! * stride;
    for (let word = 0; word < stride; word++) to[i * stride + word] = from[at + word]!;
  }
}

function takeOffsets(data: Data, rows: Int32Array): Int32Array | BigInt64Array {
  const offsets = data.valueOffsets as Int32Array | BigInt64Array as unknown as ArrayLike<number | bigint>;
  const isLarge = (data.valueOffsets as unknown) instanceof BigInt64Array;
  const taken = isLarge ? new BigInt64Array(rows.length + 1) : new Int32Array(rows.length + 1);
  let end = 0;
  for (let i = 0; i < rows.length; i++) {
    end += Number(offsets[rows[i]! + 1]!) - Number(offsets[rows[i]!]!);
    taken[i + 1] = isLarge ? BigInt(end) : end;
  }
  return taken;
}

function takeBytes(data: Data, rows: Int32Array, byteLength: number): Uint8Array {
  const offsets = data.valueOffsets as Int32Array as ArrayLike<number | bigint>;
  const values = data.values as Uint8Array;
  const taken = new Uint8Array(byteLength);
  let at = 0;
  for (let i = 0; i < rows.length; i++) {
    const start = Number(offsets[rows[i]!]!);
    const end = Number(offsets[rows[i]! + 1]!);
    // A loop beats a view and a copy for values of the usual length.
    if (end - start < 64) for (let from = start; from < end; from++) taken[at++] = values[from]!;
    else {
      taken.set(values.subarray(start, end), at);
      at += end - start;
    }
  }
  return taken;
}

function itemRows(data: Data, rows: Int32Array, count: number): Int32Array {
  const offsets = data.valueOffsets as Int32Array as ArrayLike<number | bigint>;
  const items = new Int32Array(count);
  let at = 0;
  for (const row of rows) for (let item = Number(offsets[row]!); item < Number(offsets[row + 1]!); item++) items[at++] = item;
  return items;
}

/** A dense union keeps its children, of which rows no longer point at some. */
function takeUnion(data: Data<Union>, rows: Int32Array): Data {
  const { type } = data;
  const common = { type, length: rows.length, nullCount: 0, typeIds: takeFixed(data.typeIds, 1, rows) };
  if (type.mode === UnionMode.Sparse) return makeData({ ...common, children: data.children.map((child) => takeValues(child, rows)) } as never);
  const offsets = data.valueOffsets as unknown as Int32Array;
  return makeData({ ...common, valueOffsets: takeFixed(offsets, 4, rows), children: data.children } as never);
}
