import type { ScalarType } from '@tessera/domain';
import { Type, type Data, type Decimal } from 'apache-arrow';
import { missingText } from './column-type.ts';
import { flattenDictionary } from './flatten-dictionary.ts';
import { isTextType, validRows, valueBytes } from './value-bytes.ts';

/** Bytes of one piece; a piece is whole items. */
const pieceByteLength = 4 * 2 ** 20;
/** numpy's not-a-time. */
const notATime = -(2n ** 63n);

/**
 * The values of a column as numpy has them in memory, little endian, in pieces of at most about 4 MiB.
 * `dataType` is what `describeColumn` said of the whole column. Missing: NaN, NaT, `<NA>` or empty bytes.
 */
export function* columnToArray(column: Data, dataType: ScalarType): Generator<Uint8Array> {
  const data = flattenDictionary(column);
  const rowsPerPiece = Math.max(1, Math.floor(pieceByteLength / dataType.itemsize));
  const fill = filler(data, dataType);
  for (let start = 0; start < data.length; start += rowsPerPiece) {
    const end = Math.min(start + rowsPerPiece, data.length);
    const bytes = new Uint8Array((end - start) * dataType.itemsize);
    fill(bytes, start, end);
    yield bytes;
  }
}

type Fill = (bytes: Uint8Array, start: number, end: number) => void;

function filler(data: Data, dataType: ScalarType): Fill {
  switch (dataType.kind) {
    case 'U':
      return textFiller(data, dataType.itemsize / 4);
    case 'S':
      return binaryFiller(data, dataType.itemsize);
    case 'M':
    case 'm':
      return timeFiller(data);
    case 'b':
      return (bytes, start, end) => {
        const isTrue = boolOf(data);
        for (let row = start; row < end; row++) bytes[row - start] = isTrue(row) ? 1 : 0;
      };
    default:
      return numberFiller(data, dataType);
  }
}

function boolOf(data: Data): (row: number) => boolean {
  const bits = data.values as Uint8Array;
  return (row) => (bits[(data.offset + row) >> 3]! & (1 << ((data.offset + row) & 7))) !== 0;
}

function numberFiller(data: Data, dataType: ScalarType): Fill {
  const isFloatAlready = data.typeId === Type.Float;
  if (dataType.kind !== 'f' || isFloatAlready) {
    // numpy's bytes are Arrow's.
    return (bytes, start, end) => {
      const values = data.values as Uint8Array;
      bytes.set(new Uint8Array(values.buffer, values.byteOffset + start * dataType.itemsize, bytes.byteLength));
      if (isFloatAlready) fillMissing(bytes, data, start, end, notANumber[dataType.itemsize]!);
    };
  }
  const valueOf = numberOf(data);
  const isValid = validRows(data);
  return (bytes, start, end) => {
    const values = new Float64Array(bytes.buffer);
    for (let row = start; row < end; row++) values[row - start] = isValid(row) ? valueOf(row) : NaN;
  };
}

/** NaN of 2, 4 and 8 bytes, little endian. */
const notANumber: Readonly<Record<number, Uint8Array>> = {
  2: new Uint8Array([0x00, 0x7e]),
  4: new Uint8Array(Float32Array.of(NaN).buffer),
  8: new Uint8Array(Float64Array.of(NaN).buffer),
};

/** Values of columns that become float64: decimals, and integers and booleans of which some are missing. */
function numberOf(data: Data): (row: number) => number {
  if (data.typeId === Type.Null) return () => NaN;
  if (data.typeId === Type.Bool) {
    const isTrue = boolOf(data);
    return (row) => (isTrue(row) ? 1 : 0);
  }
  if (data.typeId === Type.Decimal) {
    const textOf = decimalText(data);
    return (row) => Number(textOf(row));
  }
  const values = data.values as ArrayLike<number | bigint>;
  return (row) => Number(values[row]!);
}

/** A decimal's value in digits, with as many after the point as its scale says. */
export function decimalText(data: Data): (row: number) => string {
  const words = data.values as Uint32Array;
  const { scale } = data.type as Decimal;
  const { stride } = data;
  return (row) => {
    let value = 0n;
    for (let i = stride - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[row * stride + i]!);
    value = BigInt.asIntN(stride * 32, value);
    if (scale <= 0) return (value * 10n ** BigInt(-scale)).toString();
    const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
    return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  };
}

function timeFiller(data: Data): Fill {
  const values = data.values as Int32Array | BigInt64Array;
  return (bytes, start, end) => {
    const counts = new BigInt64Array(bytes.buffer);
    if (values instanceof BigInt64Array) counts.set(values.subarray(start, end));
    else for (let row = start; row < end; row++) counts[row - start] = BigInt(values[row]!);
    fillMissing(bytes, data, start, end, new Uint8Array(BigInt64Array.of(notATime).buffer));
  };
}

function fillMissing(bytes: Uint8Array, data: Data, start: number, end: number, item: Uint8Array): void {
  if (data.nullCount === 0) return;
  const isValid = validRows(data);
  for (let row = start; row < end; row++) if (!isValid(row)) bytes.set(item, (row - start) * item.byteLength);
}

/** UCS-4, NUL padded. */
function textFiller(data: Data, length: number): Fill {
  const bytesOf = isTextType(data.typeId) ? valueBytes(data) : () => new Uint8Array(0);
  const isValid = validRows(data);
  const missing = new TextEncoder().encode(missingText);
  return (bytes, start, end) => {
    const characters = new Uint32Array(bytes.buffer);
    for (let row = start; row < end; row++) {
      decodeUtf8(isValid(row) ? bytesOf(row) : missing, characters.subarray((row - start) * length, (row - start + 1) * length));
    }
  };
}

/** Code points of UTF-8 text into `target`; what does not fit is left out, broken sequences become U+FFFD. */
function decodeUtf8(bytes: Uint8Array, target: Uint32Array): void {
  let isAscii = bytes.byteLength <= target.length;
  for (let i = 0; isAscii && i < bytes.byteLength; i++) {
    if (bytes[i]! >= 0x80) isAscii = false;
    else target[i] = bytes[i]!;
  }
  if (isAscii) return;
  target.fill(0);
  let at = 0;
  for (const character of Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) {
    if (at === target.length) return;
    target[at++] = character.codePointAt(0)!;
  }
}

function binaryFiller(data: Data, itemsize: number): Fill {
  const bytesOf = valueBytes(data);
  const isValid = validRows(data);
  return (bytes, start, end) => {
    for (let row = start; row < end; row++) if (isValid(row)) bytes.set(bytesOf(row).subarray(0, itemsize), (row - start) * itemsize);
  };
}
