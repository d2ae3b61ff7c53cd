import { constants, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import type { Codec } from '@tessera/domain';
import { decompress, maxCompressedByteLength, parseLevel } from './deflate.ts';

/** Zarr v3 "zstd" (RFC 8878). */
export const zstdCodec: Codec = {
  name: 'zstd',
  kind: 'bytes-to-bytes',
  resolve(configuration, { maxByteLength }) {
    const params = {
      [constants.ZSTD_c_compressionLevel]: Math.min(Math.max(parseLevel(configuration, 0), -7), 22),
      [constants.ZSTD_c_checksumFlag]: configuration['checksum'] === true ? 1 : 0,
    };
    return {
      decode: (bytes) => decompress('zstd', zstdDecompressSync, zstdDecompress, bytes, maxByteLength),
      encode: (bytes) => zstdCompressSync(bytes, { params }),
      maxEncodedByteLength: maxCompressedByteLength(maxByteLength),
    };
  },
};
