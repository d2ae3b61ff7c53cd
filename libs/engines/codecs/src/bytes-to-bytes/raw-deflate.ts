import { deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib';
import type { Codec } from '@tessera/domain';
import { decompress, maxCompressedByteLength, parseLevel } from './deflate.ts';

/** Deflate without framing (RFC 1951): members of zip files. */
export const deflateCodec: Codec = {
  name: 'deflate',
  kind: 'bytes-to-bytes',
  resolve(configuration, { maxByteLength }) {
    const level = Math.min(Math.max(parseLevel(configuration, 6), -1), 9);
    return {
      decode: (bytes) => decompress('deflate', inflateRawSync, inflateRaw, bytes, maxByteLength),
      encode: (bytes) => deflateRawSync(bytes, { level }),
      maxEncodedByteLength: maxCompressedByteLength(maxByteLength),
    };
  },
};
