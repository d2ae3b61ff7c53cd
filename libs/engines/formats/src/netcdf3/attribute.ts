import type { Json, ScalarType } from '@tessera/domain';
import type { ByteReader } from './byte-reader.ts';
import { damaged } from './damage.ts';
import { externalType } from './external-type.ts';

/** Attributes with more values than this are no attributes. */
const maxByteLength = 16 * 2 ** 20;

/** One attribute: text, a number, or a list of numbers. @throws damaged. */
export function readAttribute(reader: ByteReader): [string, Json] {
  const name = reader.name();
  const type = externalType(reader.u32());
  const count = reader.count();
  if (count * type.itemsize > maxByteLength) throw damaged('an attribute is too long');
  const bytes = reader.takePadded(count * type.itemsize);
  return [name, type.kind === 'S' ? textOf(bytes) : numbersOf(bytes, type, count)];
}

/** Writers in C often count the NUL at the end, which is no part of the text. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll('\0', '');
}

/** A single value is stored as a list of one. */
function numbersOf(bytes: Uint8Array, type: ScalarType, count: number): Json {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Array.from({ length: count }, (_, index) => numberAt(view, index * type.itemsize, type));
  return count === 1 ? values[0]! : values;
}

/** A number; null for NaN and infinities, which JSON lacks; the digits of an integer that a number cannot hold. */
function numberAt(view: DataView, at: number, { kind, itemsize }: ScalarType): Json {
  if (kind === 'f') {
    const value = itemsize === 4 ? view.getFloat32(at) : view.getFloat64(at);
    return Number.isFinite(value) ? value : null;
  }
  const isSigned = kind === 'i';
  if (itemsize === 1) return isSigned ? view.getInt8(at) : view.getUint8(at);
  if (itemsize === 2) return isSigned ? view.getInt16(at) : view.getUint16(at);
  if (itemsize === 4) return isSigned ? view.getInt32(at) : view.getUint32(at);
  const value = isSigned ? view.getBigInt64(at) : view.getBigUint64(at);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
}
