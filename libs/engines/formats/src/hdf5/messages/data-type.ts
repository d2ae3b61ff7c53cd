// HDF5 spec IV.A.2.d "The Datatype Message", versions 1 to 5.
import type { ByteCursor } from '../byte-cursor.ts';
import { damaged } from '../damage.ts';
import { maxRank, maxTypeDepth } from '../limits.ts';
import { beforeNul, decodeText } from '../text.ts';

export type StringPadding = 'null_terminated' | 'null_padded' | 'space_padded';

/** A datatype as the file describes it; `byteLength` is that of one element as stored. */
export type Hdf5Type =
  | { readonly kind: 'integer' | 'bitfield'; readonly byteLength: number; readonly isBigEndian: boolean; readonly isSigned: boolean; readonly bitOffset: number; readonly precision: number }
  | { readonly kind: 'float'; readonly byteLength: number; readonly isBigEndian: boolean; readonly isIeee: boolean }
  | { readonly kind: 'time'; readonly byteLength: number }
  | { readonly kind: 'string'; readonly byteLength: number; readonly padding: StringPadding }
  | { readonly kind: 'opaque'; readonly byteLength: number; readonly tag: string }
  | { readonly kind: 'compound'; readonly byteLength: number; readonly members: readonly CompoundMember[] }
  | { readonly kind: 'reference'; readonly byteLength: number; readonly isObject: boolean }
  | { readonly kind: 'enum'; readonly byteLength: number; readonly base: Hdf5Type; readonly members: readonly EnumMember[] }
  | { readonly kind: 'variable-length'; readonly byteLength: number; readonly isString: boolean; readonly base: Hdf5Type }
  | { readonly kind: 'array'; readonly byteLength: number; readonly shape: readonly number[]; readonly base: Hdf5Type }
  | { readonly kind: 'complex'; readonly byteLength: number; readonly base: Hdf5Type };

export interface CompoundMember {
  readonly name: string;
  readonly byteOffset: number;
  readonly type: Hdf5Type;
}

export interface EnumMember {
  readonly name: string;
  readonly value: Uint8Array;
}

interface TypeHead {
  readonly version: number;
  /** The 24 class bits. */
  readonly bits: number;
  readonly byteLength: number;
}

export function parseDataType(cursor: ByteCursor, depth = 0): Hdf5Type {
  if (depth > maxTypeDepth) throw damaged('a datatype is nested too deeply');
  const classAndVersion = cursor.u8();
  const bits = cursor.uint(3);
  const head: TypeHead = { version: classAndVersion >> 4, bits, byteLength: cursor.u32() };
  if (head.version < 1 || head.version > 5) throw damaged(`a datatype has the unknown version ${head.version}`);
  if (head.byteLength === 0 && (classAndVersion & 0xf) !== 3) throw damaged('a datatype has no size');
  switch (classAndVersion & 0xf) {
    case 0:
      return parseInteger(cursor, head, 'integer');
    case 1:
      return parseFloat(cursor, head);
    case 2:
      cursor.skip(2);
      return { kind: 'time', byteLength: head.byteLength };
    case 3:
      return { kind: 'string', byteLength: head.byteLength, padding: paddingOf(bits & 0xf) };
    case 4:
      return parseInteger(cursor, head, 'bitfield');
    case 5:
      return { kind: 'opaque', byteLength: head.byteLength, tag: parseTag(cursor, bits & 0xff) };
    case 6:
      return parseCompound(cursor, head, depth);
    case 7:
      return { kind: 'reference', byteLength: head.byteLength, isObject: (bits & 0xf) === 0 };
    case 8:
      return parseEnum(cursor, head, depth);
    case 9:
      return { kind: 'variable-length', byteLength: head.byteLength, isString: (bits & 0xf) === 1, base: parseDataType(cursor, depth + 1) };
    case 10:
      return parseArray(cursor, head, depth);
    case 11:
      return parseComplex(cursor, head, depth);
  }
  throw damaged(`a datatype is of the unknown class ${classAndVersion & 0xf}`);
}

function parseInteger(cursor: ByteCursor, { bits, byteLength }: TypeHead, kind: 'integer' | 'bitfield'): Hdf5Type {
  const bitOffset = cursor.u16();
  const precision = cursor.u16();
  return { kind, byteLength, isBigEndian: (bits & 1) !== 0, isSigned: kind === 'integer' && (bits & 8) !== 0, bitOffset, precision };
}

/** IEEE 754 binary16, 32, 64: sign, exponent and mantissa positions and widths, exponent bias. */
const ieeeLayouts: Readonly<Record<number, string>> = {
  2: '15 0 16 10 5 0 10 15',
  4: '31 0 32 23 8 0 23 127',
  8: '63 0 64 52 11 0 52 1023',
};

function parseFloat(cursor: ByteCursor, { bits, byteLength }: TypeHead): Hdf5Type {
  const order = (bits & 1) | ((bits >> 5) & 2);
  const sign = (bits >> 8) & 0xff;
  const [offset, precision] = [cursor.u16(), cursor.u16()];
  const [exponentAt, exponentBits, mantissaAt, mantissaBits] = [cursor.u8(), cursor.u8(), cursor.u8(), cursor.u8()];
  const layout = [sign, offset, precision, exponentAt, exponentBits, mantissaAt, mantissaBits, cursor.u32()].join(' ');
  // Order 3 is VAX; normalisation 2 is an implied leading bit.
  const isIeee = order <= 1 && ((bits >> 4) & 3) === 2 && ieeeLayouts[byteLength] === layout;
  return { kind: 'float', byteLength, isBigEndian: order === 1, isIeee };
}

function paddingOf(code: number): StringPadding {
  const padding = (['null_terminated', 'null_padded', 'space_padded'] as const)[code];
  if (!padding) throw damaged('a string is padded in an unknown way');
  return padding;
}

function parseTag(cursor: ByteCursor, byteLength: number): string {
  return decodeText(beforeNul(cursor.take(Math.min(byteLength, cursor.remaining))));
}

function parseCompound(cursor: ByteCursor, { version, bits, byteLength }: TypeHead, depth: number): Hdf5Type {
  // Version 3 stores offsets in as few bytes as the compound's size needs.
  const offsetByteLength = version < 3 ? 4 : byteLength < 2 ** 8 ? 1 : byteLength < 2 ** 16 ? 2 : byteLength < 2 ** 24 ? 3 : 4;
  const members = Array.from({ length: bits & 0xffff }, (): CompoundMember => {
    const name = decodeText(cursor.nulTerminated(version < 3 ? 8 : 1));
    const byteOffset = cursor.uint(offsetByteLength);
    const lengths = version === 1 ? parseOldMemberShape(cursor) : [];
    const base = parseDataType(cursor, depth + 1);
    const type = lengths.length === 0 ? base : arrayOf(base, lengths);
    if (byteOffset + type.byteLength > byteLength) throw damaged('a member lies outside its compound');
    return { name, byteOffset, type };
  });
  if (members.length === 0) throw damaged('a compound has no members');
  return { kind: 'compound', byteLength, members };
}

function parseOldMemberShape(cursor: ByteCursor): number[] {
  const rank = cursor.u8();
  cursor.skip(11);
  const lengths = [cursor.u32(), cursor.u32(), cursor.u32(), cursor.u32()];
  if (rank > 4) throw damaged(`a member has ${rank} dimensions`);
  return lengths.slice(0, rank);
}

function arrayOf(base: Hdf5Type, shape: readonly number[]): Hdf5Type {
  const byteLength = shape.reduce((product, length) => product * length, base.byteLength);
  if (!(byteLength > 0 && byteLength < 2 ** 32)) throw damaged('an array datatype has no possible size');
  return { kind: 'array', byteLength, shape, base };
}

function parseEnum(cursor: ByteCursor, { version, bits, byteLength }: TypeHead, depth: number): Hdf5Type {
  const base = parseDataType(cursor, depth + 1);
  const count = bits & 0xffff;
  const names = Array.from({ length: count }, () => decodeText(cursor.nulTerminated(version < 3 ? 8 : 1)));
  const members = names.map((name) => ({ name, value: cursor.take(base.byteLength) }));
  if (base.byteLength !== byteLength) throw damaged('an enumeration and its base have different sizes');
  return { kind: 'enum', byteLength, base, members };
}

function parseArray(cursor: ByteCursor, { version, byteLength }: TypeHead, depth: number): Hdf5Type {
  const rank = cursor.u8();
  if (rank < 1 || rank > maxRank) throw damaged(`an array datatype has ${rank} dimensions`);
  if (version < 3) cursor.skip(3);
  const shape = Array.from({ length: rank }, () => cursor.u32());
  if (version < 3) cursor.skip(4 * rank);
  const type = arrayOf(parseDataType(cursor, depth + 1), shape);
  if (type.byteLength !== byteLength) throw damaged('an array datatype and its elements have different sizes');
  return type;
}

function parseComplex(cursor: ByteCursor, { byteLength }: TypeHead, depth: number): Hdf5Type {
  const base = parseDataType(cursor, depth + 1);
  if (base.byteLength * 2 !== byteLength) throw damaged('a complex number and its parts have different sizes');
  return { kind: 'complex', byteLength, base };
}
