import { TesseraError, elementCount, type Codec } from '@tessera/domain';

/**
 * Unsigned integers of 1 to 31 bits, one after the other, highest bit first; every run of `rowLength` of them
 * begins at a whole byte (TIFF 6.0, section 8, FillOrder 1). Elements are booleans for 1 bit, else little-endian.
 */
export const packedIntegersCodec: Codec = {
  name: 'packed_integers',
  kind: 'array-to-bytes',
  resolve(configuration, { shape, dataType }) {
    const { bits, rowLength } = configuration;
    const count = elementCount(shape);
    const isSound = isWholeNumber(bits, 1, 31) && isWholeNumber(rowLength, 1, 2 ** 32) && count % rowLength === 0 && Math.ceil(bits / 8) <= dataType.itemsize && [1, 2, 4].includes(dataType.itemsize);
    if (!isSound) throw new TesseraError('invalid_argument', 'The codec packed_integers needs a number of "bits", and a "rowLength" that divides its chunks.');
    const rowByteLength = Math.ceil((rowLength * bits) / 8);
    const encodedByteLength = (count / rowLength) * rowByteLength;
    const unpack = bits === 1 ? unpackBits : unpackRow;
    return {
      decode(bytes) {
        if (bytes.byteLength < encodedByteLength) throw new TesseraError('gone', 'A chunk of these data is damaged (packed_integers): it is too short.', { codec: 'packed_integers' });
        const buffer = new ArrayBuffer(count * dataType.itemsize);
        const values = dataType.itemsize === 1 ? new Uint8Array(buffer) : dataType.itemsize === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
        for (let from = 0, to = 0; to < count; from += rowByteLength, to += rowLength) unpack(bytes, from, values, to, rowLength, bits);
        return new Uint8Array(buffer);
      },
      maxEncodedByteLength: encodedByteLength,
    };
  },
};

type Values = Uint8Array | Uint16Array | Uint32Array;

function unpackBits(bytes: Uint8Array, from: number, values: Values, to: number, count: number): void {
  for (let index = 0; index < count; index++) values[to + index] = (bytes[from + (index >> 3)]! >> (7 - (index & 7))) & 1;
}

function unpackRow(bytes: Uint8Array, from: number, values: Values, to: number, count: number, bits: number): void {
  // Up to 30 bits left over and 8 more do not fit in 32: the rest is kept as a number, not as an integer of the machine.
  const size = 2 ** bits;
  let rest = 0;
  let restSize = 1;
  for (let index = 0; index < count; index++) {
    while (restSize < size) {
      rest = rest * 256 + bytes[from++]!;
      restSize *= 256;
    }
    restSize /= size;
    const value = Math.floor(rest / restSize);
    values[to + index] = value;
    rest -= value * restSize;
  }
}

function isWholeNumber(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
