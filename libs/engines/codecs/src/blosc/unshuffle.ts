/**
 * Undoes blosc's bit shuffle of one block: bit planes from the lowest bit of the
 * first byte on, eight elements a byte, first one lowest. Blosc 1 leaves blocks
 * alone whose number of elements is no multiple of eight.
 */
export function unshuffleBits(block: Uint8Array, target: Uint8Array, typesize: number): void {
  const count = Math.floor(block.byteLength / typesize);
  if (count % 8 !== 0) {
    target.set(block);
    return;
  }
  const planeByteLength = count / 8;
  for (let byte = 0; byte < typesize; byte++) {
    const first = byte * 8 * planeByteLength;
    for (let group = 0; group < planeByteLength; group++) unshuffleGroup(block, first + group, planeByteLength, target, group * 8 * typesize + byte, typesize);
  }
  target.set(block.subarray(count * typesize), count * typesize);
}

/** Eight elements' byte from eight planes: an 8 × 8 bit transpose in two 32-bit halves. */
function unshuffleGroup(block: Uint8Array, from: number, stride: number, target: Uint8Array, to: number, typesize: number): void {
  let low = block[from]! | (block[from + stride]! << 8) | (block[from + 2 * stride]! << 16) | (block[from + 3 * stride]! << 24);
  let high = block[from + 4 * stride]! | (block[from + 5 * stride]! << 8) | (block[from + 6 * stride]! << 16) | (block[from + 7 * stride]! << 24);
  // Hacker's Delight, 7-3: swap bits within 2 × 2, then 4 × 4, then 8 × 8 blocks.
  let t = (low ^ (low >>> 7)) & 0x00aa00aa;
  low ^= t ^ (t << 7);
  t = (high ^ (high >>> 7)) & 0x00aa00aa;
  high ^= t ^ (t << 7);
  t = (low ^ (low >>> 14)) & 0x0000cccc;
  low ^= t ^ (t << 14);
  t = (high ^ (high >>> 14)) & 0x0000cccc;
  high ^= t ^ (t << 14);
  const lowNibbles = (low & 0x0f0f0f0f) | ((high & 0x0f0f0f0f) << 4);
  const highNibbles = ((low >>> 4) & 0x0f0f0f0f) | (high & 0xf0f0f0f0);
  for (let element = 0; element < 4; element++) {
    target[to + element * typesize] = (lowNibbles >>> (8 * element)) & 0xff;
    target[to + (element + 4) * typesize] = (highNibbles >>> (8 * element)) & 0xff;
  }
}
