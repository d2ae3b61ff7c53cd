// Bytes of a one-dimensional array as a column of a table.
import { float16Column, timestampColumn, type ColumnValues } from '@tessera/arrow';
import { isStruct, TesseraError, type DataType } from '@tessera/domain';

const numbers: Readonly<Record<string, (buffer: ArrayBuffer) => ColumnValues>> = {
  i1: (buffer) => new Int8Array(buffer), i2: (buffer) => new Int16Array(buffer), i4: (buffer) => new Int32Array(buffer), i8: (buffer) => new BigInt64Array(buffer),
  u1: (buffer) => new Uint8Array(buffer), u2: (buffer) => new Uint16Array(buffer), u4: (buffer) => new Uint32Array(buffer), u8: (buffer) => new BigUint64Array(buffer),
  f2: (buffer) => float16Column(new Uint16Array(buffer)), f4: (buffer) => new Float32Array(buffer), f8: (buffer) => new Float64Array(buffer),
  b1: (buffer) => Array.from(new Uint8Array(buffer), (value) => value !== 0),
};

/**
 * The column of what an array holds. `bytes` are in the array's own byte order; they may be changed.
 * @throws TesseraError not_acceptable for types that tables of this kind do not have.
 */
export function arrayToColumn(name: string, type: DataType, bytes: Uint8Array<ArrayBuffer>): ColumnValues {
  if (isStruct(type)) throw noColumn(name);
  const { kind, itemsize, units } = type;
  if (kind === 'S' || kind === 'U') return texts(bytes, itemsize, kind === 'S' ? readLatin1 : readUcs4(type.endianness === 'big'));
  if (type.endianness === 'big') swapBytes(bytes, itemsize);
  if (kind === 'M') {
    const unit = /^\[(s|ms|us|ns)\]$/.exec(units ?? '')?.[1] as 's' | 'ms' | 'us' | 'ns' | undefined;
    if (unit === undefined) throw noColumn(name);
    return timestampColumn(new BigInt64Array(bytes.buffer), unit);
  }
  const make = numbers[`${kind}${itemsize}`];
  if (!make) throw noColumn(name);
  return make(bytes.buffer);
}

function noColumn(name: string): TesseraError {
  return new TesseraError('not_acceptable', `The variable ${name} is of a type that cannot be a column of a table; read it by itself.`);
}

function swapBytes(bytes: Uint8Array, itemsize: number): void {
  for (let start = 0; start < bytes.byteLength; start += itemsize) bytes.subarray(start, start + itemsize).reverse();
}

type ReadText = (view: DataView, start: number, byteLength: number) => string;

function texts(bytes: Uint8Array<ArrayBuffer>, itemsize: number, read: ReadText): string[] {
  const view = new DataView(bytes.buffer);
  const count = itemsize === 0 ? 0 : bytes.byteLength / itemsize;
  return Array.from({ length: count }, (_, index) => read(view, index * itemsize, itemsize).replace(/\0+$/, ''));
}

const readLatin1: ReadText = (view, start, byteLength) => Buffer.from(view.buffer, start, byteLength).toString('latin1');

function readUcs4(isBigEndian: boolean): ReadText {
  return (view, start, byteLength) => {
    let text = '';
    for (let at = start; at < start + byteLength; at += 4) {
      const point = view.getUint32(at, !isBigEndian);
      text += point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point);
    }
    return text;
  };
}
