import { TesseraError, type Codec } from '@tessera/domain';
import { BitReader } from '../bits/bit-reader.ts';

/** How an element is packed: only the bits that count are stored, highest first, elements without gaps. */
type PackedType =
  | { readonly kind: 'number'; readonly byteLength: number; readonly isBigEndian: boolean; readonly precision: number; readonly bitOffset: number }
  | { readonly kind: 'whole'; readonly byteLength: number }
  | { readonly kind: 'array'; readonly byteLength: number; readonly base: PackedType }
  | { readonly kind: 'compound'; readonly byteLength: number; readonly members: readonly { readonly byteOffset: number; readonly type: PackedType }[] };

const maxDepth = 16;

/**
 * HDF5's filter 5, N-bit. `parameters` are those of the filter: their number, whether the data are stored as they are,
 * how many elements a chunk has, and how an element is made up (H5Z_FILTER_NBIT): class 1 is a number (size, byte
 * order, precision, offset), 2 an array (size, element), 3 a compound (size, members), 4 bytes that are stored whole.
 */
export const hdf5NbitCodec: Codec = {
  name: 'hdf5_nbit',
  kind: 'bytes-to-bytes',
  resolve(configuration, { maxByteLength }) {
    const { parameters } = configuration;
    if (!Array.isArray(parameters) || !parameters.every((value) => Number.isSafeInteger(value) && value >= 0)) throw invalid();
    const [, isStoredWhole, count, ...description] = parameters as number[];
    const maxEncodedByteLength = maxByteLength + 16;
    if (isStoredWhole) return { decode: (bytes) => bytes, maxEncodedByteLength };
    const type = parseType(description.values(), 0);
    return { decode: (bytes) => decodeNbit(bytes, type, count!, maxByteLength), maxEncodedByteLength };
  },
};

function parseType(numbers: Iterator<number>, depth: number): PackedType {
  const next = (): number => {
    const { value, done } = numbers.next();
    if (done === true) throw invalid();
    return value;
  };
  if (depth > maxDepth) throw invalid();
  const kind = next();
  const byteLength = next();
  if (byteLength === 0) throw invalid();
  switch (kind) {
    case 1: {
      const [order, precision, bitOffset] = [next(), next(), next()];
      if (order > 1 || precision < 1 || precision + bitOffset > 8 * byteLength) throw invalid();
      return { kind: 'number', byteLength, isBigEndian: order === 1, precision, bitOffset };
    }
    case 2: {
      const base = parseType(numbers, depth + 1);
      if (byteLength % base.byteLength !== 0) throw invalid();
      return { kind: 'array', byteLength, base };
    }
    case 3: {
      const members = Array.from({ length: Math.min(next(), 65_536) }, () => ({ byteOffset: next(), type: parseType(numbers, depth + 1) }));
      if (members.some(({ byteOffset, type }) => byteOffset + type.byteLength > byteLength)) throw invalid();
      return { kind: 'compound', byteLength, members };
    }
    case 4:
      return { kind: 'whole', byteLength };
  }
  throw invalid();
}

function decodeNbit(bytes: Uint8Array, type: PackedType, count: number, maxByteLength: number): Uint8Array {
  const byteLength = count * type.byteLength;
  if (!(byteLength <= maxByteLength)) {
    throw new TesseraError('gone', `A chunk of these data could not be decoded (hdf5_nbit): it claims ${byteLength} bytes, it should have at most ${maxByteLength}.`, { codec: 'hdf5_nbit' });
  }
  const reader = new BitReader(bytes, 'hdf5_nbit');
  const result = new Uint8Array(byteLength);
  const put = putterOf(type);
  for (let at = 0; at < byteLength; at += type.byteLength) put(reader, result, at);
  return result;
}

type Put = (reader: BitReader, target: Uint8Array, at: number) => void;

function putterOf(type: PackedType): Put {
  switch (type.kind) {
    case 'whole':
      return (reader, target, at) => {
        for (let index = 0; index < type.byteLength; index++) target[at + index] = reader.read(8);
      };
    case 'array': {
      const put = putterOf(type.base);
      return (reader, target, at) => {
        for (let offset = 0; offset < type.byteLength; offset += type.base.byteLength) put(reader, target, at + offset);
      };
    }
    case 'compound': {
      const members = type.members.map((member) => ({ byteOffset: member.byteOffset, put: putterOf(member.type) }));
      return (reader, target, at) => {
        for (const { byteOffset, put } of members) put(reader, target, at + byteOffset);
      };
    }
    case 'number':
      return putterOfNumber(type);
  }
}

/** Byte by byte from the highest that has bits of the number. */
function putterOfNumber({ byteLength, isBigEndian, precision, bitOffset }: PackedType & { kind: 'number' }): Put {
  const end = bitOffset + precision;
  const steps: { readonly byte: number; readonly bits: number; readonly shift: number }[] = [];
  for (let byte = Math.ceil(end / 8) - 1; byte >= Math.floor(bitOffset / 8); byte--) {
    const low = Math.max(byte * 8, bitOffset);
    steps.push({ byte: isBigEndian ? byteLength - 1 - byte : byte, bits: Math.min(byte * 8 + 8, end) - low, shift: low - byte * 8 });
  }
  return (reader, target, at) => {
    for (const { byte, bits, shift } of steps) target[at + byte] = reader.read(bits) << shift;
  };
}

function invalid(): TesseraError {
  return new TesseraError('invalid_argument', 'The codec "hdf5_nbit" needs the "parameters" of HDF5\'s N-bit filter.');
}
