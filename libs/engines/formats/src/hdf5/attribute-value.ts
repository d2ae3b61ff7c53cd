import type { Json } from '@tessera/domain';
import { damaged, unsupported } from './damage.ts';
import { complexOf, isBoolean } from './element.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { maxAttributeByteLength } from './limits.ts';
import type { Attribute } from './messages/attribute.ts';
import type { Hdf5Type } from './messages/data-type.ts';
import { beforeNul, decodeText } from './text.ts';

/** The path of the object that a reference names, counted from the root; undefined if it is not in the tree. */
export type PathOfReference = (address: number) => Promise<string | undefined>;

interface Scope {
  readonly file: Hdf5File;
  readonly pathOf: PathOfReference;
  /** Bytes of variable-length values still allowed. */
  budget: number;
}

/** An attribute as JSON: nested lists for arrays, null for a null dataspace. @throws TesseraError gone. */
export async function attributeValue(file: Hdf5File, { type, dataspace, bytes }: Attribute, pathOf: PathOfReference): Promise<Json> {
  if (dataspace.isNull) return null;
  const scope: Scope = { file, pathOf, budget: maxAttributeByteLength };
  return nested(scope, type, bytes, dataspace.shape);
}

/** Values of one type that lie one after the other, in lists of the given shape. */
async function nested(scope: Scope, type: Hdf5Type, bytes: Uint8Array, shape: readonly number[]): Promise<Json> {
  const [length, ...rest] = shape;
  if (length === undefined) {
    if (bytes.byteLength < type.byteLength) throw damaged('an attribute is shorter than its datatype');
    return scalarValue(scope, type, bytes.subarray(0, type.byteLength));
  }
  const byteStride = rest.reduce((product, axis) => product * axis, type.byteLength);
  // A stride of 0 is an empty inner axis: the outer one is then only brackets, but still from the file.
  if (length * Math.max(byteStride, 1) > maxAttributeByteLength || length * byteStride > bytes.byteLength) throw damaged('an attribute is shorter than its shape');
  const values: Json[] = [];
  for (let index = 0; index < length; index++) {
    const start = index * byteStride;
    const value = rest.length > 0 ? nested(scope, type, bytes.subarray(start), rest) : scalarValue(scope, type, bytes.subarray(start, start + byteStride));
    // Most values need no heap: no turn of the event loop for each of them.
    values.push(value instanceof Promise ? await value : value);
  }
  return values;
}

function scalarValue(scope: Scope, type: Hdf5Type, bytes: Uint8Array): Json | Promise<Json> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type.kind) {
    case 'integer':
    case 'bitfield':
      return integerValue(bytes, type);
    case 'float':
      return floatValue(view, type);
    case 'string':
      return decodeText(textBytes(bytes, type.padding));
    case 'enum':
      return isBoolean(type) ? bytes.some((byte) => byte !== 0) : scalarValue(scope, type.base, bytes);
    case 'complex':
      return Promise.all([0, 1].map((part) => scalarValue(scope, type.base, bytes.subarray(part * type.base.byteLength, (part + 1) * type.base.byteLength))));
    case 'array':
      return nested(scope, type.base, bytes, type.shape);
    case 'compound':
      return compoundValue(scope, type, bytes);
    case 'variable-length':
      return variableLengthValue(scope, type, bytes);
    case 'reference':
      return type.isObject ? referenceValue(scope, bytes) : null;
    case 'opaque':
      return decodeText(textBytes(bytes, 'null_padded'));
    case 'time':
      return null;
  }
}

function textBytes(bytes: Uint8Array, padding: 'null_terminated' | 'null_padded' | 'space_padded'): Uint8Array {
  if (padding === 'null_terminated') return beforeNul(bytes);
  const filler = padding === 'null_padded' ? 0 : 0x20;
  let end = bytes.byteLength;
  while (end > 0 && bytes[end - 1] === filler) end--;
  return bytes.subarray(0, end);
}

/** A number, or its decimal digits where a number would not be exact. */
function integerValue(bytes: Uint8Array, { byteLength, isBigEndian, isSigned, bitOffset, precision }: Hdf5Type & { kind: 'integer' | 'bitfield' }): Json {
  let bits = 0n;
  for (let index = 0; index < byteLength; index++) bits = (bits << 8n) | BigInt(bytes[isBigEndian ? index : byteLength - 1 - index]!);
  const field = BigInt.asUintN(precision, bits >> BigInt(bitOffset));
  const value = isSigned ? BigInt.asIntN(precision, field) : field;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** JSON has no NaN and no infinities. */
function floatValue(view: DataView, { byteLength, isBigEndian, isIeee }: Hdf5Type & { kind: 'float' }): Json {
  if (!isIeee) return null;
  const value = byteLength === 8 ? view.getFloat64(0, !isBigEndian) : byteLength === 4 ? view.getFloat32(0, !isBigEndian) : halfFloat(view.getUint16(0, !isBigEndian));
  return Number.isFinite(value) ? value : null;
}

/** IEEE 754 binary16. */
function halfFloat(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

async function compoundValue(scope: Scope, type: Hdf5Type & { kind: 'compound' }, bytes: Uint8Array): Promise<Json> {
  const entries: [string, Json][] = [];
  const isComplex = complexOf(type.members) !== undefined;
  for (const { name, byteOffset, type: memberType } of type.members) {
    entries.push([name, await scalarValue(scope, memberType, bytes.subarray(byteOffset, byteOffset + memberType.byteLength))]);
  }
  return isComplex ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

/** Length, then the address and number of an object in the global heap (HDF5 spec IV.B "variable-length"). */
async function variableLengthValue(scope: Scope, type: Hdf5Type & { kind: 'variable-length' }, bytes: Uint8Array): Promise<Json> {
  const cursor = scope.file.cursor(bytes);
  const length = cursor.u32();
  const address = cursor.address();
  const index = cursor.u32();
  if (length === 0 || !address) return type.isString ? '' : [];
  const byteLength = length * type.base.byteLength;
  scope.budget -= byteLength;
  if (scope.budget < 0) throw unsupported('The attribute is too long');
  const object = await scope.file.globalHeap.object(address, index);
  if (object.byteLength < byteLength) throw damaged('a value of variable length is too short');
  const value = object.subarray(0, byteLength);
  return type.isString ? decodeText(beforeNul(value)) : nested(scope, type.base, value, [length]);
}

async function referenceValue(scope: Scope, bytes: Uint8Array): Promise<Json> {
  const address = scope.file.cursor(bytes).address();
  return address ? ((await scope.pathOf(address)) ?? null) : null;
}
