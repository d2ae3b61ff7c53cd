import { parseScalarType, type Codec } from '@tessera/domain';

/** numcodecs "bitround": low bits were cleared before; the bytes are the values, which numcodecs hands on as unsigned integers. */
export const bitRoundCodec: Codec = {
  name: 'bitround',
  kind: 'array-to-array',
  resolve(_configuration, { dataType, maxByteLength }) {
    const order = dataType.kind !== 'struct' && dataType.endianness === 'big' ? '>' : '<';
    return {
      decode: (bytes) => bytes,
      encode: (bytes) => bytes,
      encodedDataType: parseScalarType(`${order}i${dataType.itemsize}`),
      maxEncodedByteLength: maxByteLength,
    };
  },
};
