import { elementCount, type Codec, type CodecContext, type DataType, type ResolvedCodec } from '@tessera/domain';
import { configuredType, elementAccess, mapElements, toInteger } from '../element-access.ts';

/** numcodecs "astype": stored in another type. */
export const asTypeCodec: Codec = {
  name: 'astype',
  kind: 'array-to-array',
  resolve(configuration, context) {
    const decodedType = configuredType(configuration, 'decode_dtype', context.dataType);
    return convert(decodedType, configuredType(configuration, 'encode_dtype'), context);
  },
};

/** numcodecs "quantize": digits were dropped before; what is left is a change of type. */
export const quantizeCodec: Codec = {
  name: 'quantize',
  kind: 'array-to-array',
  resolve(configuration, context) {
    const type = configuredType(configuration, 'dtype', context.dataType);
    // The digits are lost already: what is encoded anew is only decoded data, so no rounding is repeated.
    return convert(type, configuredType(configuration, 'astype', type), context);
  },
};

function convert(type: DataType, encodedDataType: DataType, { shape }: CodecContext): ResolvedCodec {
  const decoded = elementAccess(type);
  const encoded = elementAccess(encodedDataType);
  return {
    decode: (bytes) => mapElements(bytes, encoded, decoded, (value) => toInteger(value, type)),
    encode: (bytes) => mapElements(bytes, decoded, encoded, (value) => toInteger(value, encodedDataType)),
    encodedDataType,
    maxEncodedByteLength: elementCount(shape) * encodedDataType.itemsize,
  };
}
