// Proof that a value was made by a process that knows the cluster's secret.
import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { TesseraError } from '@tessera/domain';

/** Keys derived from the one secret, one for each purpose: a ticket can never pass as a call, nor the reverse. */
export interface ClusterKeys {
  readonly ticket: KeyObject;
  readonly call: KeyObject;
}

const leastSecretLength = 16;
const macByteLength = 32; // SHA-256

/** @throws TesseraError invalid_argument if the secret is too short to be one. */
export function deriveClusterKeys(secret: string): ClusterKeys {
  if (secret.length < leastSecretLength) {
    throw new TesseraError('invalid_argument', `The cluster secret must have at least ${leastSecretLength} characters.`);
  }
  // RFC 5869; the secret is expected to be random, so no salt is needed.
  const derive = (purpose: string) => createSecretKey(new Uint8Array(hkdfSync('sha256', secret, '', purpose, macByteLength)));
  return { ticket: derive('tessera.ticket.v1'), call: derive('tessera.call.v1') };
}

/** A JSON value as a token: base64url of the value, a dot, base64url of its HMAC-SHA256. Readable, not forgeable. */
export function sealToken(key: KeyObject, value: unknown): string {
  const body = Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
}

/** The value of a token, or undefined if it was not sealed with this key. */
export function openToken(key: KeyObject, token: string): unknown {
  const dot = token.lastIndexOf('.');
  if (dot < 0) return undefined;
  const body = token.slice(0, dot);
  const claimed = Buffer.from(token.slice(dot + 1), 'base64url');
  const actual = createHmac('sha256', key).update(body).digest();
  if (claimed.byteLength !== macByteLength || !timingSafeEqual(claimed, actual)) return undefined;
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
}
