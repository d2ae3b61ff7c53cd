import { TesseraError, fieldByteLength, isStruct, type DataType, type ScalarType, type StructType } from '@tessera/domain';
import { bareNumber } from './read-document.ts';

/** numpy's "not a time" is the smallest 64-bit integer. */
const notATime = -(2n ** 63n);

const words: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY };

/**
 * The bytes of a fill value in any of the forms of v2 and v3: numbers, words,
 * hexadecimal bits, base64, pairs for complex numbers, texts, objects for structs.
 * Undefined where all bytes are zero, as they are without one (`null`).
 * @throws TesseraError gone if it does not fit the type.
 */
export function parseFillValue(found: unknown, dataType: DataType): Uint8Array | undefined {
  if (found === null || found === undefined) return undefined;
  const bytes = encode(found, dataType);
  return bytes.some((byte) => byte !== 0) ? bytes : undefined;
}

function encode(found: unknown, dataType: DataType): Uint8Array {
  const value = bareNumber(found);
  if (isStruct(dataType)) return encodeStruct(value, dataType);
  const bytes = new Uint8Array(dataType.itemsize);
  const view = new DataView(bytes.buffer);
  const little = dataType.endianness !== 'big';
  switch (dataType.kind) {
    case 'b':
      bytes[0] = value === true || value === 1 ? 1 : 0;
      return bytes;
    case 'i': case 'u': case 'm': case 'M':
      return encodeInteger(value, dataType);
    case 'f':
      writeFloat(view, 0, dataType.itemsize, value, little);
      return bytes;
    case 'c': {
      const [real, imaginary] = Array.isArray(value) && value.length === 2 ? (value as unknown[]).map(bareNumber) : [value, 0];
      writeFloat(view, 0, dataType.itemsize / 2, real, little);
      writeFloat(view, dataType.itemsize / 2, dataType.itemsize / 2, imaginary, little);
      return bytes;
    }
    case 'U':
      return encodeText(value, dataType);
    default:
      return encodeBytes(value, dataType.itemsize);
  }
}

function encodeInteger(value: unknown, { itemsize, endianness, kind }: ScalarType): Uint8Array {
  const isTime = kind === 'm' || kind === 'M';
  const number = value === 'NaT' && isTime ? notATime : typeof value === 'boolean' ? BigInt(value) : toBigInt(value);
  const bytes = new Uint8Array(8);
  // Two's complement of eight bytes, cut to size: bytes beyond it must be mere sign.
  new DataView(bytes.buffer).setBigInt64(0, BigInt.asIntN(64, number), true);
  const fits = kind === 'u' ? BigInt.asUintN(itemsize * 8, number) === number : BigInt.asIntN(itemsize * 8, number) === number;
  if (!fits) throw wrongFill(value);
  const cut = bytes.subarray(0, itemsize);
  return endianness === 'big' ? cut.reverse() : cut;
}

function toBigInt(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  throw wrongFill(value);
}

function writeFloat(view: DataView, at: number, itemsize: number, value: unknown, little: boolean): void {
  if (typeof value === 'string' && /^0x[0-9a-fA-F]+$/.test(value) && value.length === 2 + itemsize * 2) {
    // The bits of the number, most significant first.
    const bits = Buffer.from(value.slice(2), 'hex');
    const target = new Uint8Array(view.buffer, at, itemsize);
    target.set(little ? bits.reverse() : bits);
    return;
  }
  const number = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : typeof value === 'boolean' ? Number(value) : words[String(value)];
  if (number === undefined) throw wrongFill(value);
  if (itemsize === 2) view.setUint16(at, float16Bits(number), little);
  else if (itemsize === 4) view.setFloat32(at, number, little);
  else view.setFloat64(at, number, little);
}

/** IEEE 754 binary16, rounded to even. */
export function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const unit = 2 ** (Math.max(exponent, -14) - 10);
  const scaled = size === 0 ? 0 : size / unit;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const steps = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  // Counting in steps of the last bit carries into the exponent by itself.
  return sign | (size === 0 ? 0 : ((exponent + 14) << 10) + steps);
}

function encodeText(value: unknown, { itemsize, endianness }: ScalarType): Uint8Array {
  if (value === 0 || value === false) return new Uint8Array(itemsize);
  if (typeof value !== 'string') throw wrongFill(value);
  const points = [...value].map((character) => character.codePointAt(0)!);
  // A width of 0 is that of strings not measured yet: they are given all they need.
  const bytes = new Uint8Array(itemsize === 0 ? points.length * 4 : itemsize);
  if (points.length * 4 > bytes.byteLength) throw wrongFill(value);
  const view = new DataView(bytes.buffer);
  points.forEach((point, index) => view.setUint32(index * 4, point, endianness !== 'big'));
  return bytes;
}

/** Base64, or a list of bytes. */
function encodeBytes(value: unknown, itemsize: number): Uint8Array {
  if (value === 0 || value === false) return new Uint8Array(itemsize);
  const isList = Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
  if (!isList && typeof value !== 'string') throw wrongFill(value);
  const found = isList ? Uint8Array.from(value as number[]) : new Uint8Array(Buffer.from(value as string, 'base64'));
  if (itemsize === 0) return found;
  if (found.byteLength > itemsize) throw wrongFill(value);
  const bytes = new Uint8Array(itemsize);
  bytes.set(found);
  return bytes;
}

function encodeStruct(value: unknown, dataType: StructType): Uint8Array {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return encodeBytes(value, dataType.itemsize);
  const bytes = new Uint8Array(dataType.itemsize);
  let at = 0;
  for (const field of dataType.fields) {
    const found = (value as Record<string, unknown>)[field.name];
    if (found !== undefined && found !== null && !field.shape) bytes.set(encode(found, field.dataType), at);
    at += fieldByteLength(field);
  }
  return bytes;
}

function wrongFill(value: unknown): TesseraError {
  const shown = typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
  return new TesseraError('gone', `The fill value ${shown} does not fit the data type.`);
}
