// The checksum of HDF5's newer structures: Bob Jenkins' lookup3 "hashlittle" (HDF5 spec, appendix "Checksum").
import { damaged } from './damage.ts';
import { readUint } from './byte-cursor.ts';

const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by));

/** lookup3 over bytes, as an unsigned 32-bit number. */
export function lookup3(bytes: Uint8Array, initial = 0): number {
  let length = bytes.byteLength;
  let a = (0xdeadbeef + length + initial) | 0;
  let b = a;
  let c = a;
  let at = 0;
  const word = (offset: number) =>
    bytes[at + offset]! | (bytes[at + offset + 1]! << 8) | (bytes[at + offset + 2]! << 16) | (bytes[at + offset + 3]! << 24);
  while (length > 12) {
    a = (a + word(0)) | 0;
    b = (b + word(4)) | 0;
    c = (c + word(8)) | 0;
    a = (a - c) ^ rotate(c, 4); c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 6); a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 8); b = (b + a) | 0;
    a = (a - c) ^ rotate(c, 16); c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 19); a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 4); b = (b + a) | 0;
    length -= 12;
    at += 12;
  }
  if (length === 0) return c >>> 0;
  for (let i = 0; i < length; i++) {
    const shifted = bytes[at + i]! << (8 * (i & 3));
    if (i < 4) a = (a + shifted) | 0;
    else if (i < 8) b = (b + shifted) | 0;
    else c = (c + shifted) | 0;
  }
  c = (c ^ b) - rotate(b, 14);
  a = (a ^ c) - rotate(c, 11);
  b = (b ^ a) - rotate(a, 25);
  c = (c ^ b) - rotate(b, 16);
  a = (a ^ c) - rotate(c, 4);
  b = (b ^ a) - rotate(a, 14);
  c = (c ^ b) - rotate(b, 24);
  return c >>> 0;
}

/** @throws damaged unless the last four of `bytes` are the checksum of those before. */
export function checkChecksum(bytes: Uint8Array, of: string): void {
  const end = bytes.byteLength - 4;
  if (end < 0 || lookup3(bytes.subarray(0, end)) !== readUint(bytes, end, 4)) throw damaged(`the checksum of its ${of} is wrong`);
}
