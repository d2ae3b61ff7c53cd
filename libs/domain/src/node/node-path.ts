import { TesseraError } from '../errors/tessera-error.ts';

/** Keys from the root; the root itself is empty. */
export type NodePath = readonly string[];

/** Reads a URL path of encoded keys; empty segments are ignored. @throws TesseraError invalid_argument if an escape is broken. */
export function parseNodePath(text: string): string[] {
  return text
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => {
      try {
        return decodeURIComponent(segment);
      } catch {
        throw new TesseraError('invalid_argument', `"${segment}" in the path is not valid percent-encoding.`);
      }
    });
}

/** The URL form of a path: each key percent-encoded, joined by slashes. */
export function formatNodePath(path: NodePath): string {
  return path.map(encodeURIComponent).join('/');
}

/** Characters a key may have: any but a slash; not empty, at most 1024 UTF-16 units, no NUL (PostgreSQL text has none). */
export function checkKey(key: string): void {
  if (key === '' || key === '.' || key === '..' || key.length > 1024 || key.includes('/') || key.includes('\0')) {
    throw new TesseraError('unprocessable', `"${key}" cannot be a key: keys are 1 to 1024 characters without "/".`);
  }
}
