import { gunzip, gunzipSync, gzipSync } from 'node:zlib';
import type { Codec } from '@tessera/domain';
import { decompress, maxCompressedByteLength, parseLevel } from './deflate.ts';

/** Zarr v3 "gzip" (RFC 1952). */
export const gzipCodec: Codec = {
  name: 'gzip',
  kind: 'bytes-to-bytes',
  resolve(configuration, { maxByteLength }) {
    const level = Math.min(Math.max(parseLevel(configuration, 5), -1), 9);
    return {
      decode: (bytes) => decompress('gzip', gunzipSync, gunzip, bytes, maxByteLength),
      encode: (bytes) => gzipSync(bytes, { level }),
      maxEncodedByteLength: maxCompressedByteLength(maxByteLength),
    };
  },
};
