import { TesseraError, type Codec } from '@tessera/domain';
import { decodeBlosc } from '../blosc/decode-blosc.ts';
import { maxCompressedByteLength } from './deflate.ts';

const shuffles: Readonly<Record<string, number>> = { noshuffle: 0, shuffle: 1, bitshuffle: 2 };

/**
 * Zarr v3 "blosc" (Blosc 1). `shuffle` may be a word, or numcodecs' number.
 * Decoding is ours: its input is hostile, and a native decoder would take the process with it.
 */
export const bloscCodec: Codec = {
  name: 'blosc',
  kind: 'bytes-to-bytes',
  resolve(configuration, { maxByteLength, dataType }) {
    const shuffle = parseShuffle(configuration['shuffle'], dataType.itemsize);
    const cname = String(configuration['cname'] ?? 'lz4');
    const clevel = Math.min(Math.max(Number(configuration['clevel'] ?? 5), 0), 9);
    return {
      decode: (bytes) => decodeBlosc(bytes, maxByteLength),
      async encode(bytes) {
        const { default: Blosc } = await import('numcodecs/blosc');
        return Blosc.fromConfig({ id: 'blosc', cname, clevel, shuffle, blocksize: 0 }).encode(bytes);
      },
      maxEncodedByteLength: maxCompressedByteLength(maxByteLength),
    };
  },
};

function parseShuffle(shuffle: unknown, itemsize: number): number {
  if (shuffle === undefined || shuffle === null) return 1;
  // numcodecs' AUTOSHUFFLE: bits for single bytes, bytes for larger elements.
  if (shuffle === -1) return itemsize === 1 ? 2 : 1;
  const number = typeof shuffle === 'string' ? shuffles[shuffle] : shuffle;
  if (number === 0 || number === 1 || number === 2) return number;
  throw new TesseraError('invalid_argument', `The "shuffle" of the blosc codec must be "noshuffle", "shuffle" or "bitshuffle", not ${JSON.stringify(shuffle)}.`);
}
