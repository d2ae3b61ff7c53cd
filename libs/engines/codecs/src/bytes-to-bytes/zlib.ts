import { deflateSync, inflate, inflateSync } from 'node:zlib';
import type { Codec } from '@tessera/domain';
import { decompress, maxCompressedByteLength, parseLevel } from './deflate.ts';

/** Deflate in zlib framing (RFC 1950): zarr v2's "zlib", HDF5's filter 1. */
export const zlibCodec: Codec = {
  name: 'zlib',
  kind: 'bytes-to-bytes',
  resolve(configuration, { maxByteLength }) {
    const level = Math.min(Math.max(parseLevel(configuration, 1), -1), 9);
    return {
      decode: (bytes) => decompress('zlib', inflateSync, inflate, bytes, maxByteLength),
      encode: (bytes) => deflateSync(bytes, { level }),
      maxEncodedByteLength: maxCompressedByteLength(maxByteLength),
    };
  },
};
