import { hash } from 'node:crypto';

/** An opaque tag of 32 hex digits for whatever the parts say; written without quotes, as clients of this API compare it. */
export function etagOf(...parts: readonly string[]): string {
  return hash('sha256', parts.length === 1 ? parts[0]! : JSON.stringify(parts), 'hex').slice(0, 32);
}

/** Whether an If-None-Match (or If-Match) header names the tag; quoted and weak forms count too. */
export function etagMatches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag) return true;
  return header.split(',').some((item) => {
    const bare = item.trim().replace(/^W\//, '').replace(/^"(.*)"$/, '$1');
    return bare === etag || bare === '*';
  });
}
