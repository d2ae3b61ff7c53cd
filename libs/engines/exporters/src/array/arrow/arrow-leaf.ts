// One element of NumPy's as Arrow has it.
import { makeColumn, timestampColumn } from '@tessera/arrow';
import type { ScalarType } from '@tessera/domain';
import {
  Binary, Bool, DurationMicrosecond, DurationMillisecond, DurationNanosecond, DurationSecond, FixedSizeBinary, Float16, Float32, Float64, Int16, Int32, Int64, Int8,
  TimestampMicrosecond, TimestampMillisecond, TimestampNanosecond, TimestampSecond, Uint16, Uint32, Uint64, Uint8, Utf8, makeData, type Data, type DataType,
} from 'apache-arrow';

export interface Leaf {
  readonly type: DataType;
  /** Axes that Arrow needs beside those of the array: a complex number is two. */
  readonly axes: readonly number[];
  /** A tensor of it can be computed with. */
  readonly isNumeric: boolean;
  readonly isNullable: boolean;
  readonly isAsStored: boolean;
  build(bytes: Uint8Array, count: number): Data;
}

type Unit = 's' | 'ms' | 'us' | 'ns';

const numericTypes: Readonly<Record<string, () => DataType>> = {
  i1: () => new Int8(), i2: () => new Int16(), i4: () => new Int32(), i8: () => new Int64(), u1: () => new Uint8(), u2: () => new Uint16(), u4: () => new Uint32(), u8: () => new Uint64(),
  f2: () => new Float16(), f4: () => new Float32(), f8: () => new Float64(), b1: () => new Uint8(), M8: () => new Int64(), m8: () => new Int64(), c8: () => new Float32(), c16: () => new Float64(),
};
const timestamps = { s: TimestampSecond, ms: TimestampMillisecond, us: TimestampMicrosecond, ns: TimestampNanosecond };
const durations = { s: DurationSecond, ms: DurationMillisecond, us: DurationMicrosecond, ns: DurationNanosecond };
/** "Not a time" of NumPy. */
const notATime = -(2n ** 63n);

/**
 * The column type of an element. A single one has the type that says most: a truth, a time, a text. In tensors, which hold
 * numbers only, truths are bytes and times are counts; the field's `numpy.dtype` tells them from numbers.
 */
export function leafOf(type: ScalarType, isScalar: boolean): Leaf {
  const { kind, itemsize } = type;
  if (kind === 'S' || kind === 'U') return textLeaf(type);
  const unit = unitOf(type);
  if (isScalar && kind === 'b') return { ...numericLeaf(type, new Bool()), isAsStored: false, build: (bytes, count) => makeData({ type: new Bool(), length: count, nullCount: 0, data: packedBits(bytes, count) } as never) };
  if (isScalar && unit !== undefined) return timeLeaf(type, unit);
  const numeric = numericTypes[`${kind}${itemsize}`];
  if (numeric) return { ...numericLeaf(type, numeric()), axes: kind === 'c' ? [2] : [] };
  // Raw bytes, and numbers longer than Arrow has.
  const raw = new FixedSizeBinary(itemsize);
  return { ...numericLeaf(type, raw), isNumeric: false };
}

function unitOf({ kind, units }: ScalarType): Unit | undefined {
  const unit = /^\[(?:1)?(s|ms|us|ns)\]$/.exec(units ?? '')?.[1];
  return kind === 'M' || kind === 'm' ? (unit as Unit | undefined) : undefined;
}

function numericLeaf(type: ScalarType, arrowType: DataType): Leaf {
  const build = (bytes: Uint8Array, count: number) => {
    const little = littleEndian(bytes, type);
    const length = type.kind === 'c' && arrowType.constructor !== FixedSizeBinary ? count : little.byteLength / Math.max(type.itemsize, 1);
    return makeData({ type: arrowType, length: type.itemsize === 0 ? count : length, nullCount: 0, data: viewFor(arrowType, little) } as never);
  };
  return { type: arrowType, axes: [], isNumeric: true, isNullable: false, isAsStored: type.endianness !== 'big', build };
}

/** The typed array that apache-arrow expects of a type, over the same bytes. */
function viewFor(type: DataType, bytes: Uint8Array): ArrayBufferView {
  const View = (type as { ArrayType?: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => ArrayBufferView }).ArrayType as unknown as { BYTES_PER_ELEMENT: number; new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView };
  const aligned = bytes.byteOffset % View.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return new View(aligned.buffer, aligned.byteOffset, aligned.byteLength / View.BYTES_PER_ELEMENT);
}

function littleEndian(bytes: Uint8Array, { kind, itemsize, endianness }: ScalarType): Uint8Array {
  if (endianness !== 'big') return bytes;
  const swapped = Buffer.from(bytes);
  const width = kind === 'c' ? itemsize / 2 : itemsize;
  if (width === 2) return swapped.swap16();
  if (width === 4) return swapped.swap32();
  if (width === 8) return swapped.swap64();
  for (let at = 0; at < swapped.byteLength; at += width) swapped.subarray(at, at + width).reverse();
  return swapped;
}

function packedBits(bytes: Uint8Array, count: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (let i = 0; i < count; i++) if (bytes[i] !== 0) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}

function timeLeaf(type: ScalarType, unit: Unit): Leaf {
  const arrowType = type.kind === 'M' ? new timestamps[unit](null) : new durations[unit]();
  const build = (bytes: Uint8Array, count: number) => {
    const counts = viewFor(new Int64(), littleEndian(bytes, type)) as BigInt64Array;
    const missing = withoutTimes(counts);
    if (type.kind === 'M' && !missing) return timestampColumn(counts, unit);
    return makeData({ type: arrowType, length: count, data: counts, ...(missing ?? { nullCount: 0 }) } as never);
  };
  return { type: arrowType, axes: [], isNumeric: false, isNullable: true, isAsStored: false, build };
}

function withoutTimes(counts: BigInt64Array): { readonly nullCount: number; readonly nullBitmap: Uint8Array } | undefined {
  if (!counts.includes(notATime)) return undefined;
  const nullBitmap = new Uint8Array(Math.ceil(counts.length / 8));
  let nullCount = 0;
  counts.forEach((count, i) => {
    if (count === notATime) nullCount++;
    else nullBitmap[i >> 3]! |= 1 << (i & 7);
  });
  return { nullCount, nullBitmap };
}

/** Texts as UTF-8, bytes as bytes; neither with the NULs that NumPy pads them with. */
function textLeaf(type: ScalarType): Leaf {
  const isText = type.kind === 'U';
  const arrowType = isText ? new Utf8() : new Binary();
  const build = (bytes: Uint8Array, count: number) => {
    if (isText) return makeColumn(Array.from({ length: count }, (_, i) => ucs4Text(littleUcs4(bytes, type), i * type.itemsize, type.itemsize)));
    const valueOffsets = new Int32Array(count + 1);
    const data = new Uint8Array(bytes.byteLength);
    for (let i = 0, at = 0; i < count; i++) {
      const value = withoutPadding(bytes.subarray(i * type.itemsize, (i + 1) * type.itemsize));
      data.set(value, at);
      at += value.byteLength;
      valueOffsets[i + 1] = at;
    }
    return makeData({ type: arrowType, length: count, nullCount: 0, valueOffsets, data: data.subarray(0, valueOffsets[count]) } as never);
  };
  return { type: arrowType, axes: [], isNumeric: false, isNullable: false, isAsStored: false, build };
}

function withoutPadding(bytes: Uint8Array): Uint8Array {
  let end = bytes.byteLength;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

const littleUcs4 = (bytes: Uint8Array, { endianness }: ScalarType): DataView => {
  const swapped = endianness === 'big' ? Buffer.from(bytes).swap32() : bytes;
  return new DataView(swapped.buffer, swapped.byteOffset, swapped.byteLength);
};

function ucs4Text(view: DataView, byteOffset: number, byteLength: number): string {
  const codes: number[] = [];
  for (let at = byteOffset; at < byteOffset + byteLength; at += 4) codes.push(view.getUint32(at, true));
  while (codes.at(-1) === 0) codes.pop();
  return String.fromCodePoint(...codes.map((code) => (code <= 0x10ffff ? code : 0xfffd)));
}
