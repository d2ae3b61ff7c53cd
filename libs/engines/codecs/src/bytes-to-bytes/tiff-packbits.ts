import { TesseraError, type Codec } from '@tessera/domain';

/**
 * PackBits (TIFF 6.0, section 9): a control byte below 128 is followed by that many bytes
 * and one; above, the next byte counts 257 less it times; 128 stands for nothing.
 */
export const tiffPackBitsCodec: Codec = {
  name: 'tiff_packbits',
  kind: 'bytes-to-bytes',
  resolve(_configuration, { maxByteLength }) {
    return {
      decode: (bytes) => decodePackBits(bytes, maxByteLength),
      // At worst a control byte for every byte.
      maxEncodedByteLength: maxByteLength * 2 + 4096,
    };
  },
};

function decodePackBits(bytes: Uint8Array, maxByteLength: number): Uint8Array {
  // Two bytes stand for 128 at most: a claim beyond that is seen before memory is taken for it.
  if (bytes.byteLength * 64 < maxByteLength) throw damaged();
  const result = new Uint8Array(maxByteLength);
  let to = 0;
  for (let from = 0; from < bytes.byteLength && to < maxByteLength;) {
    const control = bytes[from++]!;
    if (control < 128) {
      const literals = bytes.subarray(from, from + Math.min(control + 1, maxByteLength - to));
      if (from + literals.byteLength > bytes.byteLength || literals.byteLength === 0) throw damaged();
      result.set(literals, to);
      to += literals.byteLength;
      from += control + 1;
    } else if (control > 128) {
      if (from >= bytes.byteLength) throw damaged();
      const end = Math.min(to + 257 - control, maxByteLength);
      result.fill(bytes[from++]!, to, end);
      to = end;
    }
  }
  return result.subarray(0, to);
}

function damaged(): TesseraError {
  return new TesseraError('gone', 'A chunk of these data could not be decoded (tiff_packbits): it is cut off.', { codec: 'tiff_packbits' });
}
