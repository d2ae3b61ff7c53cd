import { randomFillSync } from 'node:crypto';

// Asking the system for a few bytes at each request costs more than the rest of the headers.
const pool = Buffer.alloc(16 * 1024);
let at = pool.length;

/** Unpredictable bytes as text; each byte of the generator is used once. */
export function randomText(byteLength: number, encoding: 'hex' | 'base64url'): string {
  if (at + byteLength > pool.length) {
    randomFillSync(pool);
    at = 0;
  }
  at += byteLength;
  return pool.toString(encoding, at - byteLength, at);
}
