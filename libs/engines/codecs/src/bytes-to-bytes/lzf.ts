import { TesseraError, type Codec } from '@tessera/domain';

/**
 * HDF5's filter 32000, h5py's "lzf": one LibLZF block (LibLZF, lzf_d.c). A control
 * byte below 32 is followed by that many literals and one; others are a match:
 * three bits of length, thirteen of distance, a further byte for lengths from 7 on.
 */
export const lzfCodec: Codec = {
  name: 'lzf',
  kind: 'bytes-to-bytes',
  resolve(_configuration, { maxByteLength }) {
    return {
      decode: (bytes) => decodeLzf(bytes, maxByteLength),
      // Every run of 32 literals costs a byte more.
      maxEncodedByteLength: maxByteLength + Math.ceil(maxByteLength / 32) + 4,
    };
  },
};

function decodeLzf(bytes: Uint8Array, maxByteLength: number): Uint8Array {
  const result = new Uint8Array(maxByteLength);
  let from = 0;
  let to = 0;
  while (from < bytes.byteLength) {
    const control = bytes[from++]!;
    if (control < 32) {
      const length = control + 1;
      if (from + length > bytes.byteLength || to + length > maxByteLength) throw damaged();
      for (let i = 0; i < length; i++) result[to++] = bytes[from++]!;
      continue;
    }
    let length = (control >> 5) + 2;
    if (length === 9) length += bytes[from++] ?? 0;
    let match = to - ((control & 0x1f) << 8) - (bytes[from++] ?? 0) - 1;
    if (from > bytes.byteLength || match < 0 || to + length > maxByteLength) throw damaged();
    // Byte by byte: a match may overlap what it makes.
    for (let i = 0; i < length; i++) result[to++] = result[match++]!;
  }
  return result.subarray(0, to);
}

function damaged(): TesseraError {
  return new TesseraError('gone', 'A chunk of these data could not be decoded (lzf): it is damaged.', { codec: 'lzf' });
}
