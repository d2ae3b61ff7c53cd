import type { Codec } from '@tessera/domain';
import { decodeBlosc2Frame } from '../blosc2/decode-frame.ts';

/**
 * HDF5's filter 32026: a chunk as a contiguous frame of Blosc 2, of plain bytes or of an n-dimensional array.
 * Decoding is ours: its input is hostile, and a native decoder would take the process with it.
 */
export const blosc2Codec: Codec = {
  name: 'blosc2',
  kind: 'bytes-to-bytes',
  resolve(_configuration, { maxByteLength }) {
    // Blocks are filled up before they are compressed, at most to the double along each axis; that compresses well.
    return { decode: (bytes) => decodeBlosc2Frame(bytes, maxByteLength), maxEncodedByteLength: 2 * maxByteLength + 65_536 };
  },
};
