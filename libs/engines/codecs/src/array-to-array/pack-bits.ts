import { TesseraError, elementCount, type Codec } from '@tessera/domain';

/** numcodecs "packbits": a byte that counts the padding bits, then eight booleans a byte, first one highest. */
export const packBitsCodec: Codec = {
  name: 'packbits',
  kind: 'array-to-array',
  resolve(_configuration, { shape }) {
    const count = elementCount(shape);
    const encodedByteLength = 1 + Math.ceil(count / 8);
    return {
      decode(bytes) {
        if (bytes.byteLength < encodedByteLength) throw new TesseraError('gone', 'A chunk of these data is damaged (packbits): it is too short.');
        const result = new Uint8Array(count);
        for (let index = 0; index < count; index++) result[index] = (bytes[1 + (index >> 3)]! >> (7 - (index & 7))) & 1;
        return result;
      },
      encode(bytes) {
        const result = new Uint8Array(encodedByteLength);
        result[0] = (encodedByteLength - 1) * 8 - count;
        for (let index = 0; index < count; index++) if (bytes[index] !== 0) result[1 + (index >> 3)]! |= 0x80 >> (index & 7);
        return result;
      },
      encodedShape: [encodedByteLength],
      encodedDataType: { kind: 'u', itemsize: 1, endianness: 'not_applicable' },
      maxEncodedByteLength: encodedByteLength,
    };
  },
};
