import type { IncomingHttpHeaders } from 'node:http';
import type { Entry } from '@tessera/domain';

/** What the head of an answer says of an object. */
export type ObjectFacts = Pick<Entry, 'byteLength' | 'modifiedAtMs' | 'etag' | 'version'>;

/** Facts of the whole object, also of an answer that carries a part of it (206) or none (HEAD). */
export function factsOf(status: number, headers: IncomingHttpHeaders): ObjectFacts {
  const byteLength = status === 206 || status === 416 ? parseContentRange(headers['content-range'])?.totalByteLength : wholeNumber(headers['content-length']);
  const modifiedAtMs = Date.parse(headers['last-modified'] ?? '');
  const { etag } = headers;
  return {
    ...(byteLength === undefined ? {} : { byteLength }),
    ...(Number.isNaN(modifiedAtMs) ? {} : { modifiedAtMs }),
    ...(etag === undefined || etag === '' ? {} : { etag }),
    // A weak tag may be that of other bytes which somebody holds for as good (RFC 9110, section 8.8.1).
    ...(etag?.startsWith('"') ? { version: etag } : {}),
  };
}

export interface ContentRange {
  /** First byte and the one after the last; absent if no byte of the range is there. */
  readonly start?: number;
  readonly end?: number;
  readonly totalByteLength?: number;
}

/** `bytes 0-99/1000`, either part of which may be a star (RFC 9110, section 14.4); undefined if it is no such text. */
export function parseContentRange(text: string | undefined): ContentRange | undefined {
  const match = /^bytes (?:(\d{1,16})-(\d{1,16})|\*)\/(?:(\d{1,16})|\*)$/i.exec(text ?? '');
  if (!match) return undefined;
  const [, first, last, total] = match;
  return {
    ...(first === undefined || last === undefined ? {} : { start: Number(first), end: Number(last) + 1 }),
    ...(total === undefined ? {} : { totalByteLength: Number(total) }),
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
