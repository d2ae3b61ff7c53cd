import { TesseraError } from '@tessera/domain';

/** A URL taken apart for a request. */
export interface HttpLocation {
  readonly origin: URL;
  readonly path: string;
}

/**
 * The canonical form of an address that a person gave: a slash at the end does not count.
 * @throws TesseraError invalid_argument if it is none that can be served.
 */
export function canonicalHttpUri(text: string): string {
  if (!URL.canParse(text)) throw new TesseraError('invalid_argument', `"${text}" is not an address.`);
  const url = new URL(text);
  // What stands in an address is shown to clients: no place for a password or a signature.
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TesseraError('invalid_argument', 'An address to serve may have no user name, no query and no fragment.');
  }
  return checkHttpUri(url.href.replace(/\/+$/, ''));
}

/**
 * The same URI, if it is one in canonical form. @throws TesseraError permission_denied if a server could take its path for
 * another one than it seems.
 */
export function checkHttpUri(uri: string): string {
  const url = URL.canParse(uri) && /^https?:\/\//.test(uri) ? new URL(uri) : undefined;
  const isPlain = url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '' && !uri.includes('?') && !uri.includes('#');
  if (isPlain && url.pathname.split('/').slice(1).every(isSoundSegment) && (url.href === uri || url.href === `${uri}/`)) return uri;
  throw new TesseraError('permission_denied', 'The address is not one that this server asks for.');
}

export function parseHttpUri(uri: string): HttpLocation {
  const origin = new URL(uri);
  return { origin, path: origin.pathname };
}

/** Whether a URI is the root or lies below it; both canonical. */
export function isBelow(uri: string, root: string): boolean {
  return uri === root || uri.startsWith(`${root}/`);
}

/** Neither a way up, nor a slash in disguise. An empty one is between two slashes. */
function isSoundSegment(segment: string): boolean {
  try {
    const name = decodeURIComponent(segment);
    return name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
  } catch {
    return false;
  }
}
