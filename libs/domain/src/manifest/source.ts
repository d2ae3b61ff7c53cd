import { TesseraError } from '../errors/tessera-error.ts';
import type { Entry } from '../ports/byte-store.ts';
import type { Source } from './indexed-source.ts';

/**
 * What tells an object from a later one of the same name. The etag of a local file names its place on the disks of one
 * machine, which others may number differently: it is left out.
 */
export function sourceOf({ uri, byteLength, modifiedAtMs, etag }: Entry): Source {
  return {
    uri,
    ...(byteLength === undefined ? {} : { byteLength }),
    ...(modifiedAtMs === undefined ? {} : { modifiedAtMs }),
    ...(etag === undefined || uri.startsWith('file:') ? {} : { etag }),
  };
}

/** Whether what was found is another object than the one that was indexed, as far as both are known. */
export function isOtherSource(indexed: Source, found: Omit<Source, 'uri'>): boolean {
  const differs = (was: unknown, is: unknown) => was !== undefined && is !== undefined && was !== is;
  return differs(indexed.byteLength, found.byteLength) || differs(indexed.modifiedAtMs, found.modifiedAtMs) || differs(indexed.etag, found.etag);
}

/** The error of a read that met another object than the one that was indexed. */
export function staleSource(): TesseraError {
  return new TesseraError('stale', 'The file that holds these data has changed since it was indexed. It is being indexed anew: try again.');
}
