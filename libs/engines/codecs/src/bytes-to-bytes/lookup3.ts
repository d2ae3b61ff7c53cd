/** Bob Jenkins' lookup3 hash, "hashlittle" (public domain; also HDF5's metadata checksum), of `bytes` with a seed. */
export function lookup3(bytes: Uint8Array, seed: number): number {
  let a = (0xdeadbeef + bytes.byteLength + seed) | 0;
  let b = a;
  let c = a;
  let at = 0;
  const word = (from: number) => (bytes[from] ?? 0) | ((bytes[from + 1] ?? 0) << 8) | ((bytes[from + 2] ?? 0) << 16) | ((bytes[from + 3] ?? 0) << 24);
  for (; bytes.byteLength - at > 12; at += 12) {
    a = (a + word(at)) | 0;
    b = (b + word(at + 4)) | 0;
    c = (c + word(at + 8)) | 0;
    a = ((a - c) ^ rotated(c, 4)) | 0; c = (c + b) | 0;
    b = ((b - a) ^ rotated(a, 6)) | 0; a = (a + c) | 0;
    c = ((c - b) ^ rotated(b, 8)) | 0; b = (b + a) | 0;
    a = ((a - c) ^ rotated(c, 16)) | 0; c = (c + b) | 0;
    b = ((b - a) ^ rotated(a, 19)) | 0; a = (a + c) | 0;
    c = ((c - b) ^ rotated(b, 4)) | 0; b = (b + a) | 0;
  }
  if (bytes.byteLength === at) return c >>> 0;
  // Bytes past the end count as zeros.
  a = (a + word(at)) | 0;
  b = (b + word(at + 4)) | 0;
  c = (c + word(at + 8)) | 0;
  c = ((c ^ b) - rotated(b, 14)) | 0;
  a = ((a ^ c) - rotated(c, 11)) | 0;
  b = ((b ^ a) - rotated(a, 25)) | 0;
  c = ((c ^ b) - rotated(b, 16)) | 0;
  a = ((a ^ c) - rotated(c, 4)) | 0;
  b = ((b ^ a) - rotated(a, 14)) | 0;
  c = ((c ^ b) - rotated(b, 24)) | 0;
  return c >>> 0;
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
