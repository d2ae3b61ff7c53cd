import { hash } from 'node:crypto';
import { TesseraError, type Credentials } from '@tessera/domain';
import type { SessionTokens } from './session-tokens.ts';

/** Reads a header of a call; the first if it was sent several times. */
export type ReadHeader = (name: string) => string | undefined;

/**
 * What a call presents: an `authorization` header `Bearer TOKEN`, `Apikey KEY` or `Basic …` whose password is the key; a
 * `x-api-key` header; or the token of a handshake where the older handshake of Flight leaves it.
 * @throws TesseraError invalid_argument for an authorization header of another kind, unauthenticated for a token that is over.
 */
export function readCredentials(header: ReadHeader, sessions: SessionTokens): Credentials {
  const authorization = header('authorization');
  if (authorization !== undefined) return readAuthorization(authorization, sessions);
  const key = header('x-api-key');
  if (key !== undefined) return { kind: 'api_key', secret: key };
  const token = header('auth-token-bin');
  return token === undefined ? { kind: 'none' } : readBearer(token, sessions);
}

function readAuthorization(value: string, sessions: SessionTokens): Credentials {
  const match = /^(\S+) +(\S+) *$/.exec(value);
  const secret = match?.[2] ?? '';
  switch (match?.[1]?.toLowerCase()) {
    case 'bearer': return readBearer(secret, sessions);
    case 'apikey': return { kind: 'api_key', secret };
    case 'basic': return readBasic(secret);
    default:
      throw new TesseraError('invalid_argument', 'The authorization header must be "Bearer TOKEN", "Apikey KEY", or "Basic …" with the API key as password.');
  }
}

function readBearer(token: string, sessions: SessionTokens): Credentials {
  return sessions.open(token) ?? { kind: 'bearer', token };
}

/** RFC 7617. The user's name says nothing: the key alone tells who asks. */
function readBasic(encoded: string): Credentials {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return keyCredentials(colon < 0 ? '' : text.slice(colon + 1));
}

/** No key is no credentials: a public server asks for none. */
export function keyCredentials(key: string): Credentials {
  return key === '' ? { kind: 'none' } : { kind: 'api_key', secret: key };
}

/** Tells credentials from others without being them; undefined for none. */
export function fingerprint(credentials: Credentials): string | undefined {
  if (credentials.kind === 'none') return undefined;
  const secret = credentials.kind === 'api_key' ? credentials.secret : credentials.token;
  return hash('sha256', `${credentials.kind} ${secret}`, 'base64url');
}
