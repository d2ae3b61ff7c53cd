import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TesseraError } from '@tessera/domain';
import { canonicalHttpUri, formatS3Uri, parseS3Path } from '@tessera/storage';

const schemePattern = /^([a-z][a-z0-9+.-]*):\/\//i;

/** Whether a path to serve names something on another machine. */
export function isRemotePath(path: string): boolean {
  return schemePattern.test(path);
}

/**
 * The URI of a path to serve, as a person writes it: of a file or folder of this machine, `s3://bucket/key` with the key as
 * it is, or the address of a file. @throws TesseraError invalid_argument for an address that cannot be served.
 */
export function servedUri(path: string): string {
  const scheme = schemePattern.exec(path)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined: return pathToFileURL(resolve(path)).href;
    case 's3': return formatS3Uri(parseS3Path(path));
    case 'http': case 'https': return canonicalHttpUri(path);
    default: throw new TesseraError('invalid_argument', `${path}: only local paths, s3://, http:// and https:// can be served.`);
  }
}

/** A path to serve, independent of the folder this process runs in. */
export function canonicalPath(path: string): string {
  return isRemotePath(path) ? servedUri(path) : resolve(path);
}
