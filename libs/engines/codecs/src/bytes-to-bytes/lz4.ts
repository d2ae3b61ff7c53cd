import { compressSync, uncompressSync } from 'lz4-napi';
import { TesseraError, type Codec } from '@tessera/domain';
import { maxCompressedByteLength } from './deflate.ts';

/** numcodecs "lz4": the decoded length (i32, little-endian), then one LZ4 block. */
export const lz4Codec: Codec = {
  name: 'lz4',
  kind: 'bytes-to-bytes',
  resolve(_configuration, { maxByteLength }) {
    return {
      decode(bytes) {
        const byteLength = bytes.byteLength < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
        // The length is trusted by the decoder: it must be checked before.
        if (byteLength < 0 || byteLength > maxByteLength) {
          throw new TesseraError('gone', `A chunk of these data could not be decoded (lz4): it claims ${byteLength} bytes, it should have at most ${maxByteLength}.`, { codec: 'lz4' });
        }
        return uncompressSync(bytes);
      },
      encode: (bytes) => compressSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
      maxEncodedByteLength: maxCompressedByteLength(maxByteLength),
    };
  },
};
