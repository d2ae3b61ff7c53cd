// CRC-64 as in ECMA-182, reflected (xz file format 1.2, section 6), in two halves: JavaScript's shifts are of 32 bits.
const polynomialHigh = 0xc96c5795;
const polynomialLow = 0xd7870f42;

const high = new Uint32Array(256);
const low = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let [h, l] = [0, byte];
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = l & 1;
    l = ((l >>> 1) | (h << 31)) ^ (isOdd ? polynomialLow : 0);
    h = (h >>> 1) ^ (isOdd ? polynomialHigh : 0);
  }
  high[byte] = h;
  low[byte] = l;
}

/** The lower and the upper 32 bits. */
export function crc64(bytes: Uint8Array): [low: number, high: number] {
  let h = 0xffffffff;
  let l = 0xffffffff;
  for (let i = 0; i < bytes.byteLength; i++) {
    const index = (l ^ bytes[i]!) & 0xff;
    l = (((l >>> 8) | (h << 24)) ^ low[index]!) >>> 0;
    h = ((h >>> 8) ^ high[index]!) >>> 0;
  }
  return [~l >>> 0, ~h >>> 0];
}
