import { TesseraError, type Codec } from '@tessera/domain';
import { decodeBzip2 } from '../bzip2/decode-bzip2.ts';
import { maxCompressedByteLength } from './deflate.ts';

/** numcodecs "bz2" and HDF5's filter 307, for reading only. */
export const bz2Codec: Codec = {
  name: 'bz2',
  kind: 'bytes-to-bytes',
  resolve(_configuration, { maxByteLength }) {
    return {
      decode(bytes) {
        try {
          return decodeBzip2(bytes, maxByteLength);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          throw new TesseraError('gone', `A chunk of these data could not be decoded (bz2): ${error.message}.`, { codec: 'bz2' }, { cause: error });
        }
      },
      maxEncodedByteLength: maxCompressedByteLength(maxByteLength),
    };
  },
};
