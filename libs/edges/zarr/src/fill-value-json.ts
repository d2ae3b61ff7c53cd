import { isStruct, type DataType, type ScalarType } from '@tessera/domain';

/** A number whose digits JSON keeps although a double would not (TC39 "JSON.parse source text access"). */
export interface ExactNumber {
  readonly rawJSON: string;
}
/** A number as these digits say it. */
export const exactNumber = (JSON as unknown as { rawJSON(text: string): ExactNumber }).rawJSON;

/** What a fill value may be; `JSON.stringify` writes each of them. */
export type FillValue = null | boolean | number | string | ExactNumber | readonly (number | string | ExactNumber)[];

/**
 * The fill value for the bytes of one element, as both versions write it (Zarr v2 specification,
 * "Fill value encoding", and Zarr v3 core specification, "fill_value"); no bytes mean zeros.
 * A chunk that was not written reads as this value.
 */
export function fillValueJson(dataType: DataType, bytes: Uint8Array = new Uint8Array(dataType.itemsize)): FillValue {
  if (isStruct(dataType)) return base64(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = dataType.endianness !== 'big';
  switch (dataType.kind) {
    case 'b':
      return view.getUint8(0) !== 0;
    case 'i':
    case 'u':
      return integer(dataType, view, little);
    case 'f':
      return float(dataType.itemsize, view, 0, little);
    case 'c':
      return [float(dataType.itemsize / 2, view, 0, little), float(dataType.itemsize / 2, view, dataType.itemsize / 2, little)];
    case 'm':
    case 'M':
      return time(view.getBigInt64(0, little));
    case 'U':
      return text(view, little);
    case 'S':
      return base64(withoutPadding(bytes));
    case 'V':
      return base64(bytes);
  }
}

const notATime = -(2n ** 63n);

function time(value: bigint): FillValue {
  return value === notATime ? 'NaT' : exactInteger(value);
}

/** An integer with all its digits. */
export function exactInteger(value: bigint): number | ExactNumber {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : exactNumber(value.toString());
}

function integer(type: ScalarType, view: DataView, little: boolean): FillValue {
  const signed = type.kind === 'i';
  switch (type.itemsize) {
    case 1:
      return signed ? view.getInt8(0) : view.getUint8(0);
    case 2:
      return signed ? view.getInt16(0, little) : view.getUint16(0, little);
    case 4:
      return signed ? view.getInt32(0, little) : view.getUint32(0, little);
    default:
      return exactInteger(signed ? view.getBigInt64(0, little) : view.getBigUint64(0, little));
  }
}

function float(byteLength: number, view: DataView, byteOffset: number, little: boolean): number | string | ExactNumber {
  const value =
    byteLength === 2 ? halfFloat(view.getUint16(byteOffset, little))
    : byteLength === 4 ? view.getFloat32(byteOffset, little)
    : view.getFloat64(byteOffset, little);
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  // JSON.stringify leaves out its sign.
  if (Object.is(value, -0)) return exactNumber('-0.0');
  return value;
}

/** IEEE 754 binary16 from its bits. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function text(view: DataView, little: boolean): string {
  let result = '';
  for (let at = 0; at + 4 <= view.byteLength; at += 4) {
    const point = view.getUint32(at, little);
    if (point === 0) break;
    // What is no character cannot be written in JSON.
    result += point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ? '\ufffd' : String.fromCodePoint(point);
  }
  return result;
}

function withoutPadding(bytes: Uint8Array): Uint8Array {
  let end = bytes.byteLength;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
