import { TesseraError, type Codec } from '@tessera/domain';
import { decodeLz4Block } from '../blosc/decode-blosc.ts';
import { maxCompressedByteLength } from './deflate.ts';

const headerByteLength = 12;

/**
 * HDF5's filter 32004: decoded length (u64) and block length (u32), then for each
 * block its encoded length (u32) and an LZ4 block, or the bytes themselves if they did
 * not get shorter. All numbers are big-endian.
 */
export const hdf5Lz4Codec: Codec = {
  name: 'hdf5_lz4',
  kind: 'bytes-to-bytes',
  resolve(_configuration, { maxByteLength }) {
    return { decode: (bytes) => decodeBlocks(bytes, maxByteLength), maxEncodedByteLength: maxCompressedByteLength(maxByteLength) };
  },
};

function decodeBlocks(bytes: Uint8Array, maxByteLength: number): Uint8Array {
  if (bytes.byteLength < headerByteLength) throw damaged();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const byteLength = view.getUint32(0) * 2 ** 32 + view.getUint32(4);
  const blockByteLength = view.getUint32(8);
  if (byteLength > maxByteLength || (blockByteLength === 0 && byteLength > 0)) throw damaged();
  const result = new Uint8Array(byteLength);
  let from = headerByteLength;
  for (let to = 0; to < byteLength; to += blockByteLength) {
    const expected = Math.min(blockByteLength, byteLength - to);
    if (from + 4 > bytes.byteLength) throw damaged();
    const encoded = bytes.subarray(from + 4, from + 4 + view.getUint32(from));
    const decoded = encoded.byteLength === expected ? encoded : decodeLz4Block(encoded, expected);
    if (decoded.byteLength !== expected) throw damaged();
    result.set(decoded, to);
    from += 4 + encoded.byteLength;
  }
  return result;
}

function damaged(): TesseraError {
  return new TesseraError('gone', 'A chunk of these data could not be decoded (hdf5_lz4): it is damaged.', { codec: 'hdf5_lz4' });
}
