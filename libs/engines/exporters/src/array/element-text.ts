// One element of an array as text: for JSON, and for columns of plain text as Python prints it.
import { TesseraError, isStruct, type DataType, type ScalarType, type StructType } from '@tessera/domain';
import { datetimeJson, datetimeText, parseTimeUnit, timedeltaText, notATime } from './datetime-text.ts';
import { float16, float16FromBits, float32, floatText } from './number-text.ts';

/** The text of the element that starts at `at`. */
export type ElementText = (view: DataView, at: number) => string;

/** Python's words for values that the two text forms write differently. */
interface Style {
  readonly bool: (value: boolean) => string;
  readonly float: (text: string) => string;
  readonly complex: (real: string, imaginary: string) => string;
  readonly datetime: (units: string | undefined) => (count: bigint) => string;
  readonly timedelta: (units: string | undefined) => (count: bigint) => string;
  readonly string: (text: string) => string;
  readonly bytes: (bytes: Buffer) => string;
  readonly opaque: (bytes: Buffer) => string;
  readonly list: (texts: readonly string[]) => string;
}

const finiteOrNull = (text: string) => (text.endsWith('n') || text.endsWith('f') ? 'null' : text);
const dataUri = (bytes: Buffer) => `"data:application/octet-stream;base64,${bytes.toString('base64')}"`;
// Python leaves `.0` out of the parts of a complex number.
const part = (text: string) => (text.endsWith('.0') ? text.slice(0, -2) : text);

const jsonStyle: Style = {
  bool: String,
  float: finiteOrNull,
  complex: (real, imaginary) => `[${finiteOrNull(real)},${finiteOrNull(imaginary)}]`,
  datetime: (units) => {
    const unit = parseTimeUnit(units);
    return (count) => {
      const text = datetimeJson(count, unit);
      return text === undefined ? 'null' : `"${text}"`;
    };
  },
  timedelta: () => (count) => (count === notATime ? 'null' : String(count)),
  string: (text) => JSON.stringify(text),
  bytes: dataUri,
  opaque: dataUri,
  list: (texts) => `[${texts.join(',')}]`,
};

const plainStyle: Style = {
  bool: (value) => (value ? 'True' : 'False'),
  float: (text) => text,
  complex: (real, imaginary) => {
    const signed = imaginary.startsWith('-') ? part(imaginary) : `+${part(imaginary)}`;
    return real === '0.0' ? `${part(imaginary)}j` : `(${part(real)}${signed}j)`;
  },
  datetime: (units) => {
    const unit = parseTimeUnit(units);
    return (count) => datetimeText(count, unit);
  },
  timedelta: (units) => {
    const unit = parseTimeUnit(units);
    return (count) => timedeltaText(count, unit);
  },
  string: quoteSeparators,
  bytes: (bytes) => quoteSeparators(pythonBytes(bytes)),
  opaque: (bytes) => `b'${[...bytes].map(hexEscape).join('')}'`,
  list: (texts) => texts.join(','),
};

/** JSON: numbers, strings, null for what is not finite or not a time, lists for structs and complex numbers. */
export function jsonText(dataType: DataType): ElementText {
  return elementText(dataType, jsonStyle);
}

/** As `%s` prints the element in Python; fields of structs are separated by commas. */
export function plainText(dataType: DataType): ElementText {
  return elementText(dataType, plainStyle);
}

function elementText(dataType: DataType, style: Style): ElementText {
  return isStruct(dataType) ? structText(dataType, style) : scalarText(dataType, style);
}

function structText(type: StructType, style: Style): ElementText {
  const fields: ElementText[] = [];
  let fieldStart = 0;
  for (const field of type.fields) {
    const start = fieldStart;
    const text = nestedText(elementText(field.dataType, style), field.shape ?? [], field.dataType.itemsize, style);
    fields.push((view, at) => text(view, at + start));
    fieldStart += (field.shape ?? []).reduce((product, length) => product * length, field.dataType.itemsize);
  }
  return (view, at) => style.list(fields.map((field) => field(view, at)));
}

/** A sub-array of a field as nested lists. */
function nestedText(element: ElementText, shape: readonly number[], itemsize: number, style: Style): ElementText {
  if (shape.length === 0) return element;
  const [length, ...inner] = shape as [number, ...number[]];
  const text = nestedText(element, inner, itemsize, style);
  const stride = inner.reduce((product, count) => product * count, itemsize);
  return (view, at) => style.list(Array.from({ length }, (_, index) => text(view, at + index * stride)));
}

function scalarText(type: ScalarType, style: Style): ElementText {
  const little = type.endianness !== 'big';
  switch (type.kind) {
    case 'b': return (view, at) => style.bool(view.getUint8(at) !== 0);
    case 'i':
    case 'u': return integerText(type, little);
    case 'f': {
      const text = floatReader(type.itemsize, little);
      return (view, at) => style.float(text(view, at));
    }
    case 'c': {
      const half = type.itemsize / 2;
      const text = floatReader(half, little);
      return (view, at) => style.complex(text(view, at), text(view, at + half));
    }
    case 'M':
    case 'm': {
      const text = type.kind === 'M' ? style.datetime(type.units) : style.timedelta(type.units);
      return (view, at) => text(view.getBigInt64(at, little));
    }
    case 'U': return (view, at) => style.string(readCharacters(view, at, type.itemsize, little));
    case 'S': return (view, at) => style.bytes(withoutTrailingNuls(bytesAt(view, at, type.itemsize)));
    case 'V': return (view, at) => style.opaque(bytesAt(view, at, type.itemsize));
  }
}

function integerText({ kind, itemsize }: ScalarType, little: boolean): ElementText {
  const signed = kind === 'i';
  switch (itemsize) {
    case 1: return signed ? (view, at) => String(view.getInt8(at)) : (view, at) => String(view.getUint8(at));
    case 2: return signed ? (view, at) => String(view.getInt16(at, little)) : (view, at) => String(view.getUint16(at, little));
    case 4: return signed ? (view, at) => String(view.getInt32(at, little)) : (view, at) => String(view.getUint32(at, little));
    case 8: return signed ? (view, at) => String(view.getBigInt64(at, little)) : (view, at) => String(view.getBigUint64(at, little));
  }
  throw unprintable(`${itemsize}-byte integers`);
}

function floatReader(itemsize: number, little: boolean): ElementText {
  switch (itemsize) {
    case 2: return (view, at) => floatText(float16FromBits(view.getUint16(at, little)), float16);
    case 4: return (view, at) => floatText(view.getFloat32(at, little), float32);
    case 8: return (view, at) => floatText(view.getFloat64(at, little));
  }
  throw unprintable(`${itemsize}-byte floating-point numbers`);
}

function unprintable(what: string): TesseraError {
  return new TesseraError('not_acceptable', `This type is supported in general but there was an error packing this specific data: ${what} have no text form here. Ask for application/octet-stream.`);
}

/** UCS-4, NUL padded; what is not a Unicode character becomes U+FFFD. */
function readCharacters(view: DataView, at: number, byteLength: number, little: boolean): string {
  let end = byteLength;
  while (end > 0 && view.getUint32(at + end - 4) === 0) end -= 4;
  let text = '';
  for (let offset = 0; offset < end; offset += 4) {
    const code = view.getUint32(at + offset, little);
    text += code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? '\ufffd' : String.fromCodePoint(code);
  }
  return text;
}

function bytesAt(view: DataView, at: number, byteLength: number): Buffer {
  return Buffer.from(view.buffer as ArrayBuffer, view.byteOffset + at, byteLength);
}

function withoutTrailingNuls(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

/** RFC 4180: a value with a separator in it stands in quotation marks, which are doubled inside. */
function quoteSeparators(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const hexEscape = (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`;
const namedEscapes: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' };

/** Python's bytes literal: `b'ab\x00'`. */
function pythonBytes(bytes: Buffer): string {
  const quote = bytes.includes(39) && !bytes.includes(34) ? '"' : "'";
  const text = [...bytes].map((byte) => {
    if (byte === 39 && quote === "'") return "\\'";
    return namedEscapes[byte] ?? (byte < 32 || byte > 126 ? hexEscape(byte) : String.fromCharCode(byte));
  });
  return `b${quote}${text.join('')}${quote}`;
}
