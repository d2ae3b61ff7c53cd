// Data types as HDF5 datatype messages (File Format Specification, section IV.A.2.d), and what must be done to the
// elements: HDF5 has no UCS-4, so text becomes UTF-8 in as many bytes, which always suffice.
import { fieldByteLength, isStruct, type DataType, type ScalarType } from '@tessera/domain';
import { ByteWriter } from './byte-writer.ts';

export interface FileType {
  readonly message: Uint8Array;
  readonly byteLength: number;
  /** Where UCS-4 text lies in an element, if there is any. */
  readonly texts: readonly TextField[];
}

/** UCS-4 text inside an element. */
export interface TextField {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly isBigEndian: boolean;
}

const classes = { integer: 0, float: 1, string: 3, opaque: 5, compound: 6, enumeration: 8, vlen: 9, array: 10 } as const;

/** Size → sign bit, exponent's place and width, mantissa's width, bias, and whether the leading bit is implied. */
const floats: Readonly<Record<number, readonly [sign: number, exponentAt: number, exponentBits: number, mantissaBits: number, bias: number, isImplied: boolean]>> = {
  2: [15, 10, 5, 10, 15, true],
  4: [31, 23, 8, 23, 127, true],
  8: [63, 52, 11, 52, 1023, true],
  16: [79, 64, 15, 64, 16383, false],
};

/** The type in the file; undefined if HDF5 has none such. */
export function fileType(dataType: DataType): FileType | undefined {
  if (isStruct(dataType)) return compound(dataType.fields.map((field) => ({ name: field.name, shape: field.shape, type: fileType(field.dataType), byteLength: fieldByteLength(field) })), dataType.itemsize);
  const plain = (message: Uint8Array): FileType => ({ message, byteLength: dataType.itemsize, texts: [] });
  switch (dataType.kind) {
    case 'b': return plain(booleanMessage);
    case 'i':
    case 'u': return plain(integerMessage(dataType.itemsize, dataType.kind === 'i', dataType.endianness === 'big'));
    // Counts of a unit, which an attribute of the data set names.
    case 'M':
    case 'm': return plain(integerMessage(8, true, dataType.endianness === 'big'));
    case 'f': return floatType(dataType);
    case 'c': {
      const part = floatType({ ...dataType, kind: 'f', itemsize: dataType.itemsize / 2 });
      return compound([{ name: 'r', type: part, byteLength: dataType.itemsize / 2 }, { name: 'i', type: part, byteLength: dataType.itemsize / 2 }], dataType.itemsize);
    }
    case 'S': return dataType.itemsize === 0 ? undefined : plain(stringMessage(dataType.itemsize, false));
    case 'U': {
      if (dataType.itemsize === 0) return undefined;
      const text = { byteOffset: 0, byteLength: dataType.itemsize, isBigEndian: dataType.endianness === 'big' };
      return { message: stringMessage(dataType.itemsize, true), byteLength: dataType.itemsize, texts: [text] };
    }
    case 'V': return dataType.itemsize === 0 ? undefined : plain(head(classes.opaque, [8, 0, 0], dataType.itemsize).zeros(8).done());
  }
}

function head(typeClass: number, bits: readonly [number, number, number], byteLength: number, version = 1): ByteWriter {
  return new ByteWriter(64).u8(typeClass | (version << 4)).u8(bits[0]).u8(bits[1]).u8(bits[2]).u32(byteLength);
}

export function integerMessage(byteLength: number, isSigned: boolean, isBigEndian = false): Uint8Array {
  return head(classes.integer, [(isBigEndian ? 1 : 0) | (isSigned ? 8 : 0), 0, 0], byteLength).u16(0).u16(byteLength * 8).done();
}

export function floatMessage(byteLength: number, isBigEndian = false): Uint8Array {
  const [sign, exponentAt, exponentBits, mantissaBits, bias, isImplied] = floats[byteLength]!;
  return head(classes.float, [(isBigEndian ? 1 : 0) | (isImplied ? 0x20 : 0), sign, 0], byteLength)
    .u16(0).u16(sign + 1).u8(exponentAt).u8(exponentBits).u8(0).u8(mantissaBits).u32(bias).done();
}

function floatType({ itemsize, endianness }: ScalarType): FileType | undefined {
  if (!floats[itemsize]) return undefined;
  return { message: floatMessage(itemsize, endianness === 'big'), byteLength: itemsize, texts: [] };
}

/** Fixed length, padded with NULs. */
function stringMessage(byteLength: number, isUnicode: boolean): Uint8Array {
  return head(classes.string, [isUnicode ? 0x11 : 0x01, 0, 0], byteLength).done();
}

/** UTF-8 of any length: the element is its length and a place in the global heap. */
export const textMessage: Uint8Array = head(classes.vlen, [1, 1, 0], 16).bytes(integerMessage(1, false)).done();

/** As h5py writes NumPy's truth values: FALSE and TRUE of one byte. */
export const booleanMessage: Uint8Array = head(classes.enumeration, [2, 0, 0], 1, 3).bytes(integerMessage(1, true)).text('FALSE\0TRUE\0').u8(0).u8(1).done();

interface Member {
  readonly name: string;
  readonly shape?: readonly number[] | undefined;
  readonly type: FileType | undefined;
  /** Of the whole member. */
  readonly byteLength: number;
}

/** Members one behind the other without padding. */
function compound(members: readonly Member[], byteLength: number): FileType | undefined {
  if (members.length === 0 || members.length > 0xffff || byteLength === 0) return undefined;
  const writer = head(classes.compound, [members.length & 0xff, members.length >> 8, 0], byteLength, 3);
  const offsetByteLength = Math.floor(Math.log2(byteLength) / 8) + 1;
  const texts: TextField[] = [];
  let at = 0;
  for (const { name, shape, type, byteLength: memberByteLength } of members) {
    if (!type || memberByteLength === 0 || name.includes('\0')) return undefined;
    writer.text(`${name}\0`).uint(at, offsetByteLength).bytes(shape ? arrayMessage(type, shape, memberByteLength) : type.message);
    for (let start = 0; start < memberByteLength; start += type.byteLength) texts.push(...type.texts.map((text) => ({ ...text, byteOffset: text.byteOffset + at + start })));
    at += memberByteLength;
  }
  return { message: writer.done(), byteLength, texts };
}

function arrayMessage({ message }: FileType, shape: readonly number[], byteLength: number): Uint8Array {
  const writer = head(classes.array, [0, 0, 0], byteLength, 3).u8(shape.length);
  for (const length of shape) writer.u32(length);
  return writer.bytes(message).done();
}
