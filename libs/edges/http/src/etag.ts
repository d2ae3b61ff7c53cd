import { hash } from 'node:crypto';

/** An opaque tag of 32 hex digits for whatever the parts say; written without quotes, as clients of this API compare it. */
export function etagOf(...parts: readonly string[]): string {
  return hash('sha256', parts.length === 1 ? parts[0]! : JSON.stringify(parts), 'hex').slice(0, 32);
}

/** Whether an If-None-Match (or If-Match) header names the tag; quoted and weak forms count too. */
export function etagMatches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag) return true;
  return tagsIn(header).some((tag) => tag === etag || tag === '*');
}

/** The tags that such a header lists, without quotes and marks of weakness. */
export function tagsIn(header: string): string[] {
  return header.split(',').map((item) => item.trim().replace(/^W\//, '').replace(/^"(.*)"$/, '$1'));
}
