import { TesseraError, isStruct, type Codec } from '@tessera/domain';

/**
 * HDF5's integers that are only some of the bits of their bytes: `precision` bits from bit `bit_offset` on, in
 * the byte order of the data type. Decoded, a number fills its bytes, with its sign if it has one.
 */
export const integerBitsCodec: Codec = {
  name: 'integer_bits',
  kind: 'array-to-array',
  resolve(configuration, { dataType, maxByteLength }) {
    const { bit_offset: bitOffset, precision } = configuration;
    const isInteger = !isStruct(dataType) && (dataType.kind === 'i' || dataType.kind === 'u') && [1, 2, 4, 8].includes(dataType.itemsize);
    if (!isInteger) throw new TesseraError('invalid_argument', 'The codec "integer_bits" makes integers only.');
    const bits = 8 * dataType.itemsize;
    const isSound = Number.isSafeInteger(bitOffset) && Number.isSafeInteger(precision) && (bitOffset as number) >= 0 && (precision as number) >= 1 && (bitOffset as number) + (precision as number) <= bits;
    if (!isSound) throw new TesseraError('invalid_argument', `The "bit_offset" and "precision" of the codec "integer_bits" must be bits of the ${bits} that an element has.`);
    const extract = extractorOf(dataType.itemsize, dataType.endianness !== 'big', dataType.kind === 'i', bitOffset as number, precision as number);
    return {
      decode: extract,
      encodedDataType: { kind: 'V', itemsize: dataType.itemsize, endianness: 'not_applicable' },
      maxEncodedByteLength: maxByteLength,
    };
  },
};

function extractorOf(itemsize: number, isLittle: boolean, isSigned: boolean, bitOffset: number, precision: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    const result = new Uint8Array(bytes.byteLength);
    const [from, to] = [new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), new DataView(result.buffer)];
    for (let at = 0; at + itemsize <= bytes.byteLength; at += itemsize) {
      if (itemsize === 8) {
        const value = from.getBigUint64(at, isLittle) >> BigInt(bitOffset);
        to.setBigUint64(at, BigInt.asUintN(64, isSigned ? BigInt.asIntN(precision, value) : BigInt.asUintN(precision, value)), isLittle);
        continue;
      }
      const stored = itemsize === 4 ? from.getUint32(at, isLittle) : itemsize === 2 ? from.getUint16(at, isLittle) : from.getUint8(at);
      // Shifted to the top and back: the sign comes along.
      const top = stored << (32 - bitOffset - precision);
      const value = isSigned ? top >> (32 - precision) : top >>> (32 - precision);
      if (itemsize === 4) to.setInt32(at, value, isLittle);
      else if (itemsize === 2) to.setInt16(at, value, isLittle);
      else to.setInt8(at, value);
    }
    return result;
  };
}
