// What a datatype of the file is as a NumPy type, as h5py would show it, and how
// its stored bytes become those of that type.
import { parseScalarType, structType, type DataType, type ScalarType, type StructField } from '@tessera/domain';
import { damaged, unsupported } from './damage.ts';
import { maxElementByteLength, maxPackedFields } from './limits.ts';
import type { CompoundMember, Hdf5Type } from './messages/data-type.ts';

/**
 * A run of bytes of a stored element that goes into the packed one; runs follow
 * one another without gaps. Configuration of the codec `packed_fields`.
 */
export interface PackedField {
  readonly byteOffset: number;
  readonly byteLength: number;
  /** Equal strings that follow one another; absent = 1. */
  readonly count?: number;
  /**
   * Absent: copied as it is. Strings lose what is not text: all from the first NUL
   * on (`null_terminated`), spaces at the end (`space_padded`).
   */
  readonly padding?: 'null_terminated' | 'space_padded';
  /** Of references to strings of variable length: what these become. */
  readonly string?: StringField;
}

export interface StringField {
  readonly kind: 'S' | 'U';
  readonly itemsize: number;
  /** Which string of the datatype it is: those of an array are one. */
  readonly slot: number;
}

/** One element of a dataset: its NumPy type, and where its bytes come from. */
export interface Element {
  readonly dataType: DataType;
  /** Axes that a top-level array datatype adds to those of the dataset. */
  readonly innerShape: readonly number[];
  /** Of one element as stored, inner axes included. */
  readonly storedByteLength: number;
  readonly source: ElementSource;
}

export type ElementSource =
  /** The stored bytes are those of the type. */
  | { readonly kind: 'plain' }
  /** Padding between members, or after strings, must go; fields are of one item, not of its inner axes. Those of strings are references into the global heap. */
  | { readonly kind: 'packed'; readonly fields: readonly PackedField[]; readonly itemByteLength: number }
  /** Integers that are only some of the bits of their bytes. */
  | { readonly kind: 'integer-bits'; readonly bitOffset: number; readonly precision: number }
  /** References into the global heap, and nothing else. */
  | { readonly kind: 'variable-length-strings' };

interface Item {
  readonly dataType: DataType;
  readonly shape: readonly number[];
  readonly fields: readonly PackedField[];
}

/** Types of strings of variable length, by slot, in the order in which a datatype has them. */
export type StringTypes = (slot: number) => ScalarType;

/** Until their lengths are known. */
const unknownLength: StringTypes = () => parseScalarType('|S1');

/** Gives out slots. */
class Strings {
  readonly #types: StringTypes;
  #count = 0;

  constructor(types: StringTypes) {
    this.#types = types;
  }

  next(): { readonly slot: number; readonly dataType: ScalarType } {
    const slot = this.#count++;
    return { slot, dataType: this.#types(slot) };
  }
}

/** @throws TesseraError gone, saying what is unsupported. */
export function elementOf(type: Hdf5Type, types: StringTypes = unknownLength): Element {
  const strings = new Strings(types);
  if (type.byteLength > maxElementByteLength) throw unsupported(`Elements of ${type.byteLength} bytes are too large to be served`);
  const innerShape = type.kind === 'array' ? flattenArray(type).shape : [];
  const item = type.kind === 'array' ? flattenArray(type).base : type;
  const storedByteLength = type.byteLength;
  if (item.kind === 'variable-length' && item.isString) {
    return { dataType: strings.next().dataType, innerShape, storedByteLength, source: { kind: 'variable-length-strings' } };
  }
  const base = item.kind === 'enum' ? item.base : item;
  if ((base.kind === 'integer' || base.kind === 'bitfield') && isPartOfItsBytes(base)) {
    const source = { kind: 'integer-bits', bitOffset: base.bitOffset, precision: base.precision } as const;
    return { dataType: integerType({ ...base, bitOffset: 0, precision: 8 * base.byteLength }), innerShape, storedByteLength, source };
  }
  const { dataType, fields } = itemOf(item, strings);
  const isPlain = fields.length === 1 && !fields[0]!.padding && !fields[0]!.string && fields[0]!.byteOffset === 0 && fields[0]!.byteLength === item.byteLength;
  const source: ElementSource = isPlain ? { kind: 'plain' } : { kind: 'packed', fields, itemByteLength: item.byteLength };
  return { dataType, innerShape, storedByteLength, source };
}

/** Arrays of arrays as one array of all their axes. */
function flattenArray(type: Hdf5Type & { kind: 'array' }): { shape: number[]; base: Hdf5Type } {
  const inner = type.base.kind === 'array' ? flattenArray(type.base) : { shape: [], base: type.base };
  return { shape: [...type.shape, ...inner.shape], base: inner.base };
}

function itemOf(type: Hdf5Type, strings: Strings): Item {
  const whole = [{ byteOffset: 0, byteLength: type.byteLength }];
  switch (type.kind) {
    case 'integer':
    case 'bitfield':
      return { dataType: integerType(type), shape: [], fields: whole };
    case 'float':
      return { dataType: floatType(type), shape: [], fields: whole };
    case 'string':
      return { dataType: bytesType('S', type.byteLength), shape: [], fields: stringFields(type) };
    case 'opaque':
      return { dataType: opaqueType(type), shape: [], fields: whole };
    case 'enum':
      return enumItem(type, whole, strings);
    case 'complex':
      return { dataType: complexType(floatType(type.base)), shape: [], fields: whole };
    case 'compound':
      return compoundItem(type, strings);
    case 'array':
      return arrayItem(type, strings);
    case 'variable-length': {
      if (!type.isString) throw unsupported('Sequences of variable length are not supported');
      const { slot, dataType } = strings.next();
      return { dataType, shape: [], fields: [{ ...whole[0]!, string: { kind: dataType.kind as 'S' | 'U', itemsize: dataType.itemsize, slot } }] };
    }
    case 'reference':
      throw unsupported('References to other objects of the file have no form as an array');
    case 'time':
      throw unsupported('The HDF5 time datatype is not supported');
  }
}

function scalar(kind: ScalarType['kind'], byteLength: number, isBigEndian: boolean): ScalarType {
  const endianness = byteLength === 1 ? 'not_applicable' : isBigEndian ? 'big' : 'little';
  return { kind, itemsize: byteLength, endianness };
}

function bytesType(kind: 'S' | 'V', byteLength: number): ScalarType {
  if (byteLength === 0) throw unsupported('Strings of no bytes are not supported');
  return { kind, itemsize: byteLength, endianness: 'not_applicable' };
}

type IntegerType = Hdf5Type & { kind: 'integer' | 'bitfield' };

/** Whether only some of the bits count, of a number whose size NumPy has. */
function isPartOfItsBytes({ byteLength, bitOffset, precision }: IntegerType): boolean {
  return [1, 2, 4, 8].includes(byteLength) && precision > 0 && precision < 8 * byteLength && bitOffset + precision <= 8 * byteLength;
}

/** A value of such a number in all its bytes, as the codec `integer_bits` makes it. */
export function wholeInteger({ kind, endianness }: ScalarType, { bitOffset, precision }: ElementSource & { kind: 'integer-bits' }, stored: Uint8Array): Uint8Array {
  const inOrder = (bytes: Uint8Array) => (endianness === 'big' ? bytes.toReversed() : bytes);
  const bits = inOrder(stored).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) >> BigInt(bitOffset);
  const value = kind === 'i' ? BigInt.asIntN(precision, bits) : BigInt.asUintN(precision, bits);
  return inOrder(Uint8Array.from(stored, (_, index) => Number(BigInt.asUintN(8, value >> BigInt(8 * index)))));
}

function integerType(type: IntegerType): ScalarType {
  if (![1, 2, 4, 8].includes(type.byteLength) || type.bitOffset !== 0 || type.precision !== 8 * type.byteLength) {
    throw unsupported(`Integers with ${type.precision} bits of ${type.byteLength * 8} are not supported`);
  }
  return scalar(type.isSigned ? 'i' : 'u', type.byteLength, type.isBigEndian);
}

function floatType(type: Hdf5Type): ScalarType {
  if (type.kind !== 'float' || !type.isIeee) throw unsupported(`Floating-point numbers of ${type.byteLength} bytes in a format other than IEEE 754 binary16, 32 or 64 are not supported`);
  return scalar('f', type.byteLength, type.isBigEndian);
}

function complexType(part: ScalarType): ScalarType {
  if (part.itemsize < 4) throw unsupported('Complex numbers of half precision are not supported');
  return { kind: 'c', itemsize: part.itemsize * 2, endianness: part.endianness };
}

/** h5py keeps NumPy's dates as opaque bytes whose tag is the NumPy type. */
function opaqueType(type: Hdf5Type & { kind: 'opaque' }): ScalarType {
  if (/^NUMPY:[<>][mM]8\[\w+\]$/.test(type.tag) && type.byteLength === 8) return parseScalarType(type.tag.slice('NUMPY:'.length));
  return bytesType('V', type.byteLength);
}

/** Null-padded strings are NumPy's own form; of others the rest after the text is not data. */
function stringFields(type: Hdf5Type & { kind: 'string' }): PackedField[] {
  const whole = { byteOffset: 0, byteLength: type.byteLength };
  return [type.padding === 'null_padded' ? whole : { ...whole, padding: type.padding }];
}

/** Whether an enumeration is h5py's boolean: FALSE = 0, TRUE = 1 and nothing else. */
export function isBoolean(type: Hdf5Type & { kind: 'enum' }): boolean {
  if (type.members.length !== 2 || type.base.kind !== 'integer') return false;
  const lowest = type.base.isBigEndian ? type.base.byteLength - 1 : 0;
  const isNumber = (value: Uint8Array, number: number) => value.every((byte, index) => byte === (index === lowest ? number : 0));
  return type.members.every(({ name, value }) => isNumber(value, ['FALSE', 'TRUE'].indexOf(name)));
}

function enumItem(type: Hdf5Type & { kind: 'enum' }, whole: readonly PackedField[], strings: Strings): Item {
  if (!isBoolean(type)) return { ...itemOf(type.base, strings), fields: whole };
  const isBigEndian = type.base.kind === 'integer' && type.base.isBigEndian;
  return { dataType: parseScalarType('|b1'), shape: [], fields: [{ byteOffset: isBigEndian ? type.byteLength - 1 : 0, byteLength: 1 }] };
}

/** h5py's complex numbers: a compound of two equal floats, `r` and `i`. */
export function complexOf(members: readonly CompoundMember[]): ScalarType | undefined {
  const [real, imaginary] = members;
  if (members.length !== 2 || real?.name !== 'r' || imaginary?.name !== 'i') return undefined;
  if (real.type.kind !== 'float' || imaginary.type.kind !== 'float' || !real.type.isIeee || !imaginary.type.isIeee) return undefined;
  const isEqual = real.type.byteLength === imaginary.type.byteLength && real.type.isBigEndian === imaginary.type.isBigEndian;
  return isEqual && real.type.byteLength >= 4 ? complexType(floatType(real.type)) : undefined;
}

/** Whether NumPy has no type for a value. */
function isWithoutForm(type: Hdf5Type): boolean {
  return type.kind === 'array' ? isWithoutForm(type.base) : (type.kind === 'variable-length' && !type.isString) || type.kind === 'reference';
}

/** Members without a form are left out. */
function compoundItem(type: Hdf5Type & { kind: 'compound' }, strings: Strings): Item {
  const shown = type.members.filter((member) => !isWithoutForm(member.type));
  if (shown.length === 0) throw unsupported('Compounds of nothing but references or sequences of variable length are not supported');
  const items = shown.map((member) => ({ member, item: itemOf(member.type, strings) }));
  const fields = mergeFields(items.flatMap(({ member, item }) => item.fields.map((field) => ({ ...field, byteOffset: field.byteOffset + member.byteOffset }))));
  const complex = complexOf(type.members);
  if (complex) return { dataType: complex, shape: [], fields };
  const structFields = items.map(({ member, item }): StructField => ({
    name: member.name, dataType: item.dataType, ...(item.shape.length > 0 ? { shape: item.shape } : {}),
  }));
  return { dataType: structType(structFields), shape: [], fields };
}

function arrayItem(type: Hdf5Type & { kind: 'array' }, strings: Strings): Item {
  const item = itemOf(type.base, strings);
  const count = type.byteLength / type.base.byteLength;
  return { dataType: item.dataType, shape: [...type.shape, ...item.shape], fields: repeatFields(item.fields, count, type.base.byteLength) };
}

function repeatFields(fields: readonly PackedField[], count: number, byteStride: number): readonly PackedField[] {
  const [only] = fields;
  const isWhole = fields.length === 1 && only!.byteOffset === 0 && only!.byteLength * (only!.count ?? 1) === byteStride;
  if (isWhole && !only!.padding && !only!.string) return [{ byteOffset: 0, byteLength: byteStride * count }];
  if (isWhole) return [{ ...only!, count: (only!.count ?? 1) * count }];
  if (fields.length * count > maxPackedFields) throw unsupported('Compounds with that many separate parts are not supported');
  return mergeFields(Array.from({ length: count }, (_, index) => fields.map((field) => ({ ...field, byteOffset: field.byteOffset + index * byteStride }))).flat());
}

const isCopied = ({ padding, string }: PackedField): boolean => padding === undefined && string === undefined;

/** Neighbours that are copied as they are become one. */
function mergeFields(fields: readonly PackedField[]): PackedField[] {
  const merged: PackedField[] = [];
  for (const field of fields) {
    const last = merged.at(-1);
    if (last && isCopied(last) && isCopied(field) && last.byteOffset + last.byteLength === field.byteOffset) {
      merged[merged.length - 1] = { byteOffset: last.byteOffset, byteLength: last.byteLength + field.byteLength };
    } else {
      merged.push(field);
    }
  }
  if (merged.length > maxPackedFields) throw unsupported('Compounds with that many separate parts are not supported');
  return merged;
}

/** The bytes of one stored item as its NumPy type has them. */
export function packItem(fields: readonly PackedField[], stored: Uint8Array): Uint8Array {
  const parts = fields.flatMap((field) =>
    Array.from({ length: field.count ?? 1 }, (_, index) => {
      const start = field.byteOffset + index * field.byteLength;
      if (start + field.byteLength > stored.byteLength) throw damaged('a value is shorter than its datatype');
      return cleanString(stored.slice(start, start + field.byteLength), field.padding);
    }),
  );
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    packed.set(part, at);
    at += part.byteLength;
  }
  return packed;
}

function cleanString(bytes: Uint8Array, padding: PackedField['padding']): Uint8Array {
  if (padding === undefined) return bytes;
  let end = bytes.byteLength;
  if (padding === 'null_terminated') end = bytes.indexOf(0) < 0 ? end : bytes.indexOf(0);
  else while (end > 0 && bytes[end - 1] === 0x20) end--;
  return bytes.fill(0, end);
}
