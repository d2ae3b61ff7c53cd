import { TesseraError, type Credentials } from '@tessera/domain';
import { Seal } from './seal.ts';

/** A working day, and the evening. */
const lifetimeMs = 12 * 3_600_000;
/** Tells our tokens from those of others. */
const prefix = 'tessera-flight.';

/**
 * The tokens that a handshake gives. A token holds the credentials it was given for, sealed: at each call they are asked
 * for anew, so that a key that is withdrawn ends its tokens.
 */
export class SessionTokens {
  readonly #seal: Seal;

  constructor(secret: string) {
    this.#seal = new Seal(secret, 'tessera.flight.session.v1');
  }

  issue(credentials: Credentials, nowMs: number = Date.now()): string {
    return `${prefix}${this.#seal.close([credentials, nowMs + lifetimeMs]).toString('base64url')}`;
  }

  /** Undefined if it is no token of a handshake. @throws TesseraError unauthenticated if it is over, or not of this server. */
  open(token: string, nowMs: number = Date.now()): Credentials | undefined {
    if (!token.startsWith(prefix)) return undefined;
    const fields = this.#seal.open(Buffer.from(token.slice(prefix.length), 'base64url')) as [Credentials, number] | undefined;
    if (!fields) throw new TesseraError('unauthenticated', 'The token was not made by this server. Shake hands again.');
    if (fields[1] < nowMs) throw new TesseraError('unauthenticated', 'The token has expired. Shake hands again.');
    return fields[0];
  }
}
