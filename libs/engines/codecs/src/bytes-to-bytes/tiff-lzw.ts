import { TesseraError, type Codec } from '@tessera/domain';

const clearCode = 256;
const endCode = 257;
const firstFreeCode = 258;
const tableLength = 4096;

/** More than any code can stand for: the longest string of a full table, 12 bits a code. */
const maxExpansion = 4096;

/** LZW as TIFF has it (TIFF 6.0, section 13): codes of 9 to 12 bits, highest bit first, widened one code early. */
export const tiffLzwCodec: Codec = {
  name: 'tiff_lzw',
  kind: 'bytes-to-bytes',
  resolve(_configuration, { maxByteLength }) {
    return {
      decode: (bytes) => decodeLzw(bytes, maxByteLength),
      // At worst a code of 12 bits a byte, and codes that clear the table.
      maxEncodedByteLength: maxByteLength * 2 + 4096,
    };
  },
};

/** At most `maxByteLength` bytes: what comes after, padding of the last strip, is not looked at. */
function decodeLzw(bytes: Uint8Array, maxByteLength: number): Uint8Array {
  // Writers before TIFF 5.0 put the lowest bit first; such data begin with the clear code in that order.
  if (bytes[0] === 0 && ((bytes[1] ?? 0) & 1) === 1) throw damaged('it is in the order of bits that was given up with TIFF 5.0');
  // A claim that no data of this length can keep is seen before memory is taken for it.
  if (bytes.byteLength * maxExpansion < maxByteLength) throw damaged('it is far too short');
  const result = new Uint8Array(maxByteLength);
  // A code stands for a string that was written already: where it begins, and how long it is.
  const starts = new Uint32Array(tableLength);
  const lengths = new Uint32Array(tableLength);
  let next = firstFreeCode;
  let width = 9;
  let bits = 0;
  let bitCount = 0;
  let from = 0;
  let to = 0;
  let previousStart = 0;
  let previousLength = 0;
  while (to < maxByteLength) {
    while (bitCount < width) {
      // Some writers leave out the end code.
      if (from >= bytes.byteLength) return result.subarray(0, to);
      bits = ((bits << 8) | bytes[from++]!) & 0xffffff;
      bitCount += 8;
    }
    bitCount -= width;
    const code = (bits >>> bitCount) & ((1 << width) - 1);
    if (code === endCode) break;
    if (code === clearCode) {
      next = firstFreeCode;
      width = 9;
      previousLength = 0;
      continue;
    }
    if (previousLength > 0 && next < tableLength) {
      // The string before, and the byte that comes next: both lie one after the other in the result.
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next++;
      if (next + 1 === 1 << width && width < 12) width++;
    }
    const start = to;
    if (code < clearCode) {
      result[to++] = code;
    } else {
      if (code >= next || code < firstFreeCode) throw damaged('it holds a code that stands for nothing');
      let at = starts[code]!;
      const end = Math.min(at + lengths[code]!, at + maxByteLength - to);
      // Byte by byte: a string may reach into what it makes.
      while (at < end) result[to++] = result[at++]!;
    }
    previousStart = start;
    previousLength = to - start;
  }
  return result.subarray(0, to);
}

function damaged(what: string): TesseraError {
  return new TesseraError('gone', `A chunk of these data could not be decoded (tiff_lzw): ${what}.`, { codec: 'tiff_lzw' });
}
