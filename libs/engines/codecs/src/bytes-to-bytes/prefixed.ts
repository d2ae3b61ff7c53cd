import { TesseraError, type Codec } from '@tessera/domain';

/** `byteLength` bytes that come before the data and are no part of them: the header of an array that is compressed with it. */
export const prefixedCodec: Codec = {
  name: 'prefixed',
  kind: 'bytes-to-bytes',
  resolve({ byteLength }, { maxByteLength }) {
    if (!Number.isSafeInteger(byteLength) || (byteLength as number) < 0) {
      throw new TesseraError('invalid_argument', 'The configuration of the codec "prefixed" is wrong: "byteLength" must be a number of bytes.');
    }
    return {
      decode: (bytes) => bytes.subarray(byteLength as number),
      maxEncodedByteLength: maxByteLength + (byteLength as number),
    };
  },
};
