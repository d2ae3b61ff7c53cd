import type { Codec } from '@tessera/domain';

/** Every codec by the name it has in a manifest; loaded when first used. */
export const codecs = new Map<string, () => Promise<Codec>>([
  // array → array
  ['transpose', () => import('./array-to-array/transpose.ts').then((m) => m.transposeCodec)],

  // array → bytes
  ['bytes', () => import('./array-to-bytes/bytes.ts').then((m) => m.bytesCodec)],

  // bytes → bytes
  ['gzip', () => import('./bytes-to-bytes/gzip.ts').then((m) => m.gzipCodec)],
  ['zlib', () => import('./bytes-to-bytes/zlib.ts').then((m) => m.zlibCodec)],
  ['zstd', () => import('./bytes-to-bytes/zstd.ts').then((m) => m.zstdCodec)],
  ['shuffle', () => import('./bytes-to-bytes/shuffle.ts').then((m) => m.shuffleCodec)],
]);
