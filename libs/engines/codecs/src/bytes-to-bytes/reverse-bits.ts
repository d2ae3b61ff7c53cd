import type { Codec } from '@tessera/domain';

const reversed = Uint8Array.from({ length: 256 }, (_, byte) => {
  let result = 0;
  for (let bit = 0; bit < 8; bit++) result |= ((byte >> bit) & 1) << (7 - bit);
  return result;
});

/** The bits of each byte in reverse: TIFF's FillOrder 2 (TIFF 6.0, section 8). */
export const reverseBitsCodec: Codec = {
  name: 'reverse_bits',
  kind: 'bytes-to-bytes',
  resolve(_configuration, { maxByteLength }) {
    const reverse = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => reversed[byte]!);
    return { decode: reverse, encode: reverse, maxEncodedByteLength: maxByteLength };
  },
};
