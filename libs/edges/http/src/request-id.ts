import { randomFillSync } from 'node:crypto';

const idByteLength = 8;
// Asking the system for a few bytes at each request costs more than the rest of the headers.
const pool = Buffer.alloc(512 * idByteLength);
let at = pool.length;

/** 16 random hex digits. */
export function makeRequestId(): string {
  if (at === pool.length) {
    randomFillSync(pool);
    at = 0;
  }
  at += idByteLength;
  return pool.toString('hex', at - idByteLength, at);
}
