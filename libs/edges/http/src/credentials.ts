import { TesseraError, type Credentials } from '@tessera/domain';
import { cookieOf } from './cookies.ts';

export const apiKeyCookie = 'tiled_api_key';

/** Where the credentials were found; a key in the query is to be kept in a cookie. */
export interface PresentedCredentials {
  readonly credentials: Credentials;
  readonly from: 'query' | 'header' | 'cookie' | 'nowhere';
}

export interface CredentialCarriers {
  readonly queryKey: unknown;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
}

/**
 * What a request presents: the query's `api_key`, else an `Apikey` header, else the
 * cookie, else a `Bearer` header.
 * @throws TesseraError invalid_argument for an Authorization header of another scheme.
 */
export function readCredentials({ queryKey, authorization, cookie }: CredentialCarriers): PresentedCredentials {
  if (queryKey !== undefined) {
    if (typeof queryKey !== 'string' || queryKey === '') throw new TesseraError('invalid_argument', 'Give one api_key, not several or an empty one.');
    return { credentials: { kind: 'api_key', secret: queryKey }, from: 'query' };
  }
  const header = authorization === undefined ? undefined : readAuthorization(authorization);
  if (header?.kind === 'api_key') return { credentials: header, from: 'header' };
  const cookieKey = cookieOf(cookie, apiKeyCookie);
  if (cookieKey) return { credentials: { kind: 'api_key', secret: cookieKey }, from: 'cookie' };
  return header ? { credentials: header, from: 'header' } : { credentials: { kind: 'none' }, from: 'nowhere' };
}

function readAuthorization(header: string): Credentials {
  const match = /^(\S+) +(\S+) *$/.exec(header);
  const scheme = match?.[1]?.toLowerCase();
  if (scheme === 'apikey') return { kind: 'api_key', secret: match![2]! };
  if (scheme === 'bearer') return { kind: 'bearer', token: match![2]! };
  throw new TesseraError(
    'invalid_argument',
    'The Authorization header must be a type, a space and a secret, as in "Bearer SECRET" or "Apikey SECRET".',
  );
}
