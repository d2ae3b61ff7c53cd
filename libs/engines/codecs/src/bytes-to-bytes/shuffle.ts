import { TesseraError, type Codec } from '@tessera/domain';
import { unshuffleBytes } from '../unshuffle-bytes.ts';

/** numcodecs' "shuffle" and HDF5's filter 2: first bytes of all elements, then second bytes, … */
export const shuffleCodec: Codec = {
  name: 'shuffle',
  kind: 'bytes-to-bytes',
  resolve(configuration, { maxByteLength }) {
    const elementByteLength = configuration['elementsize'] ?? 4;
    if (!Number.isInteger(elementByteLength) || (elementByteLength as number) < 1) {
      throw new TesseraError('invalid_argument', `The "elementsize" of the shuffle codec must be a positive integer, not ${JSON.stringify(elementByteLength)}.`);
    }
    const size = elementByteLength as number;
    return {
      decode: (bytes) => (size === 1 ? bytes : unshuffle(bytes, size)),
      encode: (bytes) => (size === 1 ? bytes : shuffle(bytes, size)),
      maxEncodedByteLength: maxByteLength,
    };
  },
};

function unshuffle(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(bytes.byteLength);
  unshuffleBytes(bytes, result, size);
  return result;
}

/** Bytes that do not make up a whole element stay at the end, as HDF5 leaves them. */
function shuffle(bytes: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(bytes.byteLength / size);
  const result = new Uint8Array(bytes.byteLength);
  for (let byte = 0; byte < size; byte++) {
    const plane = byte * count;
    for (let element = 0, from = byte; element < count; element++, from += size) result[plane + element] = bytes[from]!;
  }
  result.set(bytes.subarray(count * size), count * size);
  return result;
}
