import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { chooseCoding, compressBody } from './compression.ts';
import { etagMatches, etagOf } from './etag.ts';
import { encodeMessagePack } from './message-pack.ts';
import { respond, varyWith } from './respond.ts';

export interface DocumentOptions {
  readonly status?: number;
  /** How long the document may be kept without asking, seconds. */
  readonly maxAge?: number;
  readonly headers?: OutgoingHttpHeaders;
}

/** The first of JSON and MessagePack that the client lists; JSON if it lists neither. */
export function documentMediaType(accept: string | undefined): 'application/json' | 'application/x-msgpack' {
  for (const item of (accept ?? '').split(',')) {
    const name = item.split(';')[0]!.trim();
    if (name === 'application/x-msgpack') return name;
    if (name === 'application/json' || name === '*/*') break;
  }
  return 'application/json';
}

/** Answers with a document as JSON or MessagePack; 304 if the client has it already. */
export async function sendDocument(request: FastifyRequest, reply: FastifyReply, document: unknown, options: DocumentOptions = {}): Promise<void> {
  const mediaType = documentMediaType(request.headers.accept);
  const json = JSON.stringify(document);
  // One tag for both encodings: the content is the same.
  const etag = etagOf(json);
  const headers: OutgoingHttpHeaders = { ...options.headers, etag };
  if (options.maxAge !== undefined) headers['expires'] = new Date(Date.now() + options.maxAge * 1000).toUTCString();
  if ((options.status ?? 200) === 200 && etagMatches(request.headers['if-none-match'], etag)) return respond(request, reply, 304, headers);
  headers['content-type'] = mediaType;
  const body = mediaType === 'application/json' ? Buffer.from(json) : encodeMessagePack(document);
  const coding = chooseCoding(request.headers['accept-encoding']);
  const packed = coding && (await compressBody(body, coding, mediaType));
  if (packed) Object.assign(headers, { 'content-encoding': coding, vary: varyWith(reply, 'Accept-Encoding') });
  respond(request, reply, options.status ?? 200, headers, packed ?? body);
}
