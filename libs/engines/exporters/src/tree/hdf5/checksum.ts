/** Bob Jenkins' lookup3 "hashlittle" with an initial value of 0: the checksum of HDF5 metadata (File Format Specification, appendix). */
export function lookup3(bytes: Uint8Array): number {
  let length = bytes.byteLength;
  let a = (0xdeadbeef + length) | 0;
  let b = a;
  let c = a;
  let at = 0;
  // Up to four bytes from `start` on, of those that are left.
  const word = (start: number, left: number): number => {
    let value = 0;
    for (let i = 0; i < Math.min(left, 4); i++) value |= bytes[start + i]! << (8 * i);
    return value;
  };
  const rotate = (value: number, count: number) => (value << count) | (value >>> (32 - count));
  for (; length > 12; length -= 12, at += 12) {
    a = (a + word(at, 4)) | 0;
    b = (b + word(at + 4, 4)) | 0;
    c = (c + word(at + 8, 4)) | 0;
    a = (a - c) ^ rotate(c, 4); c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 6); a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 8); b = (b + a) | 0;
    a = (a - c) ^ rotate(c, 16); c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 19); a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 4); b = (b + a) | 0;
  }
  if (length === 0) return c >>> 0;
  a = (a + word(at, length)) | 0;
  b = (b + word(at + 4, Math.max(length - 4, 0))) | 0;
  c = (c + word(at + 8, Math.max(length - 8, 0))) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}
