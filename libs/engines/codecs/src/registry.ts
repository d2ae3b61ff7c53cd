import type { Codec } from '@tessera/domain';

/** Every codec by the name it has in a manifest; loaded when first used. */
export const codecs = new Map<string, () => Promise<Codec>>([
  // array → array
  ['transpose', () => import('./array-to-array/transpose.ts').then((m) => m.transposeCodec)],
  ['delta', () => import('./array-to-array/delta.ts').then((m) => m.deltaCodec)],
  ['fixedscaleoffset', () => import('./array-to-array/scale-offset.ts').then((m) => m.fixedScaleOffsetCodec)],
  ['quantize', () => import('./array-to-array/as-type.ts').then((m) => m.quantizeCodec)],
  ['astype', () => import('./array-to-array/as-type.ts').then((m) => m.asTypeCodec)],
  ['bitround', () => import('./array-to-array/bit-round.ts').then((m) => m.bitRoundCodec)],
  ['categorize', () => import('./array-to-array/categorize.ts').then((m) => m.categorizeCodec)],
  ['packed_fields', () => import('./array-to-array/packed-fields.ts').then((m) => m.packedFieldsCodec)],
  ['packbits', () => import('./array-to-array/pack-bits.ts').then((m) => m.packBitsCodec)],
  ['tiff_predictor', () => import('./array-to-array/tiff-predictor.ts').then((m) => m.tiffPredictorCodec)],

  // array → bytes
  ['bytes', () => import('./array-to-bytes/bytes.ts').then((m) => m.bytesCodec)],
  ['vlen-utf8', () => import('./array-to-bytes/variable-length.ts').then((m) => m.vlenUtf8Codec)],
  ['vlen-bytes', () => import('./array-to-bytes/variable-length.ts').then((m) => m.vlenBytesCodec)],
  ['hdf5_vlen', () => import('./source-to-bytes/hdf5-vlen.ts').then((m) => m.hdf5VlenCodec)],
  ['sharding_indexed', () => import('./array-to-bytes/sharding.ts').then((m) => m.shardingCodec)],
  ['packed_integers', () => import('./array-to-bytes/packed-integers.ts').then((m) => m.packedIntegersCodec)],
  ['jpeg', () => import('./array-to-bytes/jpeg.ts').then((m) => m.jpegCodec)],
  ['png', () => import('./array-to-bytes/png.ts').then((m) => m.pngCodec)],
  ['tiff_float_predictor', () => import('./array-to-bytes/tiff-float-predictor.ts').then((m) => m.tiffFloatPredictorCodec)],

  // bytes → bytes
  ['gzip', () => import('./bytes-to-bytes/gzip.ts').then((m) => m.gzipCodec)],
  ['zlib', () => import('./bytes-to-bytes/zlib.ts').then((m) => m.zlibCodec)],
  ['bz2', () => import('./bytes-to-bytes/bz2.ts').then((m) => m.bz2Codec)],
  ['base64', () => import('./bytes-to-bytes/base64.ts').then((m) => m.base64Codec)],
  ['zstd', () => import('./bytes-to-bytes/zstd.ts').then((m) => m.zstdCodec)],
  ['blosc', () => import('./bytes-to-bytes/blosc.ts').then((m) => m.bloscCodec)],
  ['lz4', () => import('./bytes-to-bytes/lz4.ts').then((m) => m.lz4Codec)],
  ['shuffle', () => import('./bytes-to-bytes/shuffle.ts').then((m) => m.shuffleCodec)],
  ['lzf', () => import('./bytes-to-bytes/lzf.ts').then((m) => m.lzfCodec)],
  ['hdf5_lz4', () => import('./bytes-to-bytes/hdf5-lz4.ts').then((m) => m.hdf5Lz4Codec)],
  ['hdf5_bitshuffle', () => import('./bytes-to-bytes/hdf5-bitshuffle.ts').then((m) => m.hdf5BitshuffleCodec)],
  ['interleaved', () => import('./bytes-to-bytes/interleaved.ts').then((m) => m.interleavedCodec)],
  ['deflate', () => import('./bytes-to-bytes/raw-deflate.ts').then((m) => m.deflateCodec)],
  ['prefixed', () => import('./bytes-to-bytes/prefixed.ts').then((m) => m.prefixedCodec)],
  ['tiff_lzw', () => import('./bytes-to-bytes/tiff-lzw.ts').then((m) => m.tiffLzwCodec)],
  ['tiff_packbits', () => import('./bytes-to-bytes/tiff-packbits.ts').then((m) => m.tiffPackBitsCodec)],
  ['reverse_bits', () => import('./bytes-to-bytes/reverse-bits.ts').then((m) => m.reverseBitsCodec)],
  ['fletcher32', () => import('./bytes-to-bytes/checksum.ts').then((m) => m.fletcher32Codec)],
  ['crc32c', () => import('./bytes-to-bytes/checksum.ts').then((m) => m.crc32cCodec)],
  ['crc32', () => import('./bytes-to-bytes/checksum.ts').then((m) => m.crc32Codec)],
  ['jenkins_lookup3', () => import('./bytes-to-bytes/checksum.ts').then((m) => m.jenkinsLookup3Codec)],
  ['adler32', () => import('./bytes-to-bytes/checksum.ts').then((m) => m.adler32Codec)],
]);
