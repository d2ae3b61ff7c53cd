import { TesseraError, type Codec } from '@tessera/domain';
import { BitReader } from '../bits/bit-reader.ts';

const headerByteLength = 21;
const scaleFloatDecimal = 0;
const scaleInteger = 2;

interface ScaleOffset {
  readonly scaleType: number;
  readonly scaleFactor: number;
  readonly count: number;
  readonly isFloat: boolean;
  readonly byteLength: number;
  readonly isBigEndian: boolean;
  /** Bits of the fill value, if there is one: a code stands for it. */
  readonly fillBits: bigint | undefined;
}

/**
 * HDF5's filter 6, scale-offset. `parameters` are those of the filter (H5Z_FILTER_SCALEOFFSET): scale type and factor,
 * number of elements, class, size, sign, byte order, whether there is a fill value, and its bits in words of 32.
 * A chunk begins with the bits an element has (u32), the length of the minimum (u8) and the minimum (u64); at byte 21 the
 * elements begin, highest bit first, without gaps: each its distance from the minimum, with all bits set for the fill
 * value. Distances of floats count units of the last decimal place that is kept.
 */
export const hdf5ScaleOffsetCodec: Codec = {
  name: 'hdf5_scaleoffset',
  kind: 'bytes-to-bytes',
  resolve(configuration, { maxByteLength }) {
    const scaling = parseParameters(configuration['parameters']);
    const maxEncodedByteLength = maxByteLength + headerByteLength + 16;
    if (scaling.scaleType === scaleInteger && scaling.scaleFactor === 8 * scaling.byteLength) return { decode: (bytes) => bytes, maxEncodedByteLength };
    return { decode: (bytes) => decodeScaleOffset(bytes, scaling, maxByteLength), maxEncodedByteLength };
  },
};

function parseParameters(parameters: unknown): ScaleOffset {
  if (!Array.isArray(parameters) || parameters.length < 8 || !parameters.every((value) => Number.isSafeInteger(value) && value >= 0)) throw invalid();
  const [scaleType, scaleFactor, count, dataClass, byteLength, , order, hasFill, low = 0, high = 0] = parameters as [number, number, number, number, number, number, number, number, number?, number?];
  const isFloat = dataClass === 1;
  const isSound = isFloat ? scaleType === scaleFloatDecimal && (byteLength === 4 || byteLength === 8) : dataClass === 0 && scaleType === scaleInteger && [1, 2, 4, 8].includes(byteLength);
  if (!isSound || order > 1) throw invalid();
  const fillBits = hasFill === 0 ? undefined : BigInt.asUintN(8 * byteLength, (BigInt(high) << 32n) | BigInt(low));
  return { scaleType, scaleFactor: scaleFactor | 0, count, isFloat, byteLength, isBigEndian: order === 1, fillBits };
}

function decodeScaleOffset(bytes: Uint8Array, scaling: ScaleOffset, maxByteLength: number): Uint8Array {
  const { count, byteLength, isBigEndian, isFloat } = scaling;
  const decodedByteLength = count * byteLength;
  if (bytes.byteLength < headerByteLength) throw damaged('it is shorter than its header');
  if (!(decodedByteLength <= maxByteLength)) throw damaged(`it claims ${decodedByteLength} bytes, it should have at most ${maxByteLength}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = view.getUint32(0, true);
  if (bits > 8 * byteLength) throw damaged(`its elements have ${bits} bits`);
  if (Math.ceil((count * bits) / 8) > bytes.byteLength - headerByteLength) throw damaged('it is cut off');
  const result = new Uint8Array(decodedByteLength);
  const minimum = view.getBigUint64(5, true);
  if (bits === 8 * byteLength) result.set(bytes.subarray(headerByteLength, headerByteLength + decodedByteLength));
  else if (isFloat) putFloats(new BitReader(bytes, 'hdf5_scaleoffset', headerByteLength), bits, minimum, scaling, result);
  else putIntegers(new BitReader(bytes, 'hdf5_scaleoffset', headerByteLength), bits, minimum, scaling, result);
  return isBigEndian ? reverseElements(result, byteLength) : result;
}

function putIntegers(reader: BitReader, bits: number, minimum: bigint, { count, byteLength, fillBits }: ScaleOffset, result: Uint8Array): void {
  const view = new DataView(result.buffer);
  const low = Number(minimum & 0xffffffffn);
  const high = Number(minimum >> 32n);
  const fillCode = fillBits === undefined ? -1 : 2 ** (bits % 32) - 1;
  const [fillLow, fillHigh] = [Number((fillBits ?? 0n) & 0xffffffffn), Number((fillBits ?? 0n) >> 32n)];
  for (let index = 0; index < count; index++) {
    const codeHigh = bits > 32 ? reader.read(bits - 32) : 0;
    const code = reader.read(Math.min(bits, 32));
    const isFill = bits >= 32 ? code === 0xffffffff && codeHigh === (fillBits === undefined ? -1 : 2 ** (bits - 32) - 1) : code === fillCode;
    const sum = code + low;
    if (byteLength === 8) {
      view.setUint32(index * 8, isFill ? fillLow : sum >>> 0, true);
      view.setUint32(index * 8 + 4, isFill ? fillHigh : (codeHigh + high + (sum > 0xffffffff ? 1 : 0)) >>> 0, true);
    } else {
      const value = isFill ? fillLow : sum >>> 0;
      if (byteLength === 4) view.setUint32(index * 4, value, true);
      else if (byteLength === 2) view.setUint16(index * 2, value, true);
      else result[index] = value;
    }
  }
}

/** In the precision of the type, as HDF5 computes. */
function putFloats(reader: BitReader, bits: number, minimumBits: bigint, { count, byteLength, fillBits, scaleFactor }: ScaleOffset, result: Uint8Array): void {
  const isDouble = byteLength === 8;
  const view = new DataView(result.buffer);
  const round = isDouble ? (value: number) => value : Math.fround;
  const floatOf = (word: bigint): number => {
    const scratch = new DataView(new ArrayBuffer(8));
    scratch.setBigUint64(0, word, true);
    return isDouble ? scratch.getFloat64(0, true) : scratch.getFloat32(0, true);
  };
  const minimum = floatOf(minimumBits);
  const unit = round(10 ** scaleFactor);
  const fillCode = 2 ** bits - 1;
  for (let index = 0; index < count; index++) {
    const code = bits > 32 ? reader.read(bits - 32) * 2 ** 32 + reader.read(32) : reader.read(bits);
    if (fillBits !== undefined && code === fillCode) {
      if (isDouble) view.setBigUint64(index * 8, fillBits, true);
      else view.setUint32(index * 4, Number(fillBits), true);
      continue;
    }
    const value = round(round(round(code) / unit) + minimum);
    if (isDouble) view.setFloat64(index * 8, value, true);
    else view.setFloat32(index * 4, value, true);
  }
}

function reverseElements(bytes: Uint8Array, byteLength: number): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (byteLength === 2) buffer.swap16();
  if (byteLength === 4) buffer.swap32();
  if (byteLength === 8) buffer.swap64();
  return buffer;
}

function invalid(): TesseraError {
  return new TesseraError('invalid_argument', 'The codec "hdf5_scaleoffset" needs the "parameters" of HDF5\'s scale-offset filter, of integers or of floats with decimal scaling.');
}

function damaged(reason: string): TesseraError {
  return new TesseraError('gone', `A chunk of these data could not be decoded (hdf5_scaleoffset): ${reason}.`, { codec: 'hdf5_scaleoffset' });
}
