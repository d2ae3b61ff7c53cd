import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import { TesseraError, passPieceOn, releasePiece, type EncodedChunk } from '@tessera/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseRangeHeader, resolveRanges, type ByteSpan } from './byte-range.ts';
import { cacheControlOf } from './cache-control.ts';
import { chooseCoding, compressBody, isCompressible, makeCompressor, type ContentCoding } from './compression.ts';
import { contentDisposition } from './content-disposition.ts';
import { etagMatches } from './etag.ts';
import { multipartRanges } from './multipart-ranges.ts';
import { stateOf } from './request-state.ts';
import { contentTypeOf, respond, varyWith, writeHead } from './respond.ts';

/** Bytes, and how to give their memory back once they are sent. */
export type BodyPart = Pick<Required<EncodedChunk>, 'bytes'> & Pick<EncodedChunk, 'release'>;

/** A body of which parts can be had without the rest. */
export interface PartialBody {
  readonly byteLength: number;
  read(span: ByteSpan): Promise<BodyPart>;
}

export interface BytesResponse {
  readonly mediaType: string;
  readonly etag?: string;
  /** Of the whole body, where known: then ranges can be asked for, and a body of another length is an error. */
  readonly byteLength?: number;
  /** Not touched if the client has the body already or asks for the head only. */
  readonly body: AsyncIterable<Uint8Array> | Uint8Array | PartialBody;
  /** Of a body that is wholly there: gives its memory back, called when the last of it is sent, or will never be. */
  readonly release?: () => void;
  /** Makes a browser save the body under this name. */
  readonly filename?: string;
  /** False for bodies of which a part costs as much as the whole: then no ranges. */
  readonly isSeekable?: boolean;
  /** False for bodies that are compressed already. */
  readonly compress?: boolean;
  readonly headers?: OutgoingHttpHeaders;
}

/** How much of a body that is read in parts is in memory at a time. */
export const partByteLength = 4 * 2 ** 20;

/** Pieces this long tell whether a longer stream is worth compressing. */
const sampleByteLength = 64 * 1024;

/**
 * Answers with bytes: 304 before the body is touched, ranges as 206 (several only of bodies that
 * are not streams), the rest in pieces as fast as the client takes them. An error before the first piece is thrown; a
 * later one cuts the connection, so that no client takes a part for the whole.
 */
export async function sendBytes(request: FastifyRequest, reply: FastifyReply, response: BytesResponse): Promise<void> {
  const { etag, body } = response;
  const byteLength = 'byteLength' in body ? body.byteLength : response.byteLength;
  const headers: OutgoingHttpHeaders = { ...response.headers };
  // What cannot be asked after again must not be kept: clients take silence for "as long as you like".
  if (etag === undefined) headers['cache-control'] = 'no-store';
  else Object.assign(headers, { etag, 'cache-control': cacheControlOf(request, reply) });
  if (etag !== undefined && etagMatches(request.headers['if-none-match'], etag)) return respond(request, reply, 304, headers);
  headers['content-type'] = contentTypeOf(response.mediaType);
  if (response.filename !== undefined) headers['content-disposition'] = contentDisposition(response.filename);
  const isSeekable = byteLength !== undefined && response.isSeekable !== false;
  if (isSeekable) headers['accept-ranges'] = 'bytes';
  const spans = isSeekable ? rangesOf(request, byteLength, etag) : undefined;
  if (spans === 'unsatisfiable') {
    return respond(request, reply, 416, { 'content-range': `bytes */${byteLength}`, 'content-type': 'application/json' }, '{"detail":"The range lies outside the data."}');
  }
  const several = spans && spans.length > 1 && 'byteLength' in body && request.method !== 'HEAD';
  if (several) return sendSeveral(request, reply, spans, { ...response, body }, headers);
  const span = spans?.length === 1 ? spans[0] : undefined;
  if (span) headers['content-range'] = `bytes ${span.start}-${span.end - 1}/${byteLength}`;
  if (request.method === 'HEAD') return sendHead(request, reply, headers, span ? span.end - span.start : byteLength, span ? 206 : 200);
  const coding = span || response.compress === false || !isCompressible(response.mediaType) ? undefined : chooseCoding(request.headers['accept-encoding']);
  if ('byteLength' in body) {
    const wanted = span ?? { start: 0, end: body.byteLength };
    if (!(body instanceof Uint8Array) && wanted.end - wanted.start > partByteLength) {
      return sendPieces(request, reply, cut(body, wanted), { headers, byteLength: wanted.end - wanted.start, span: undefined, coding, mediaType: response.mediaType, status: span ? 206 : 200 });
    }
    const { bytes, release = response.release } = await partOf(body, wanted);
    if (release) reply.raw.once('close', release);
    return sendWhole(request, reply, bytes, headers, coding, response.mediaType, span ? 206 : 200);
  }
  const pieces = body[Symbol.asyncIterator]();
  await sendPieces(request, reply, pieces, { headers, byteLength, span, coding, mediaType: response.mediaType, status: span ? 206 : 200 });
}

function rangesOf(request: FastifyRequest, byteLength: number, etag: string | undefined): readonly ByteSpan[] | 'unsatisfiable' | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  // A client that resumes names the version it has a part of (RFC 9110, section 13.1.5).
  const version = request.headers['if-range'];
  // A weak tag does not promise the same bytes.
  if (typeof version === 'string' && (etag === undefined || version.startsWith('W/') || !etagMatches(version, etag))) return undefined;
  const specs = parseRangeHeader(request.headers.range);
  return specs && resolveRanges(specs, byteLength);
}

async function partOf(body: Uint8Array | PartialBody, span: ByteSpan): Promise<BodyPart> {
  const part = body instanceof Uint8Array ? { bytes: body.subarray(span.start, span.end) } : await body.read(span);
  checkLength(part.bytes.byteLength, span.end - span.start);
  return part;
}

/** A long part, one piece after the other. */
async function* cut(body: PartialBody, { start, end }: ByteSpan): AsyncGenerator<Uint8Array, void, undefined> {
  for (let from = start; from < end; from += partByteLength) {
    const part = await partOf(body, { start: from, end: Math.min(from + partByteLength, end) });
    yield part.bytes;
    // A piece this long has left before the next is asked for; the last, which may be short, perhaps not.
    if (from + partByteLength < end) part.release?.();
  }
}

function sendSeveral(
  request: FastifyRequest, reply: FastifyReply, spans: readonly ByteSpan[], { body, mediaType }: { readonly body: Uint8Array | PartialBody; readonly mediaType: string }, headers: OutgoingHttpHeaders,
): Promise<void> {
  const parts = multipartRanges(spans, body.byteLength, contentTypeOf(mediaType), async (span) => (await partOf(body, span)).bytes);
  const options = { byteLength: parts.byteLength, span: undefined, coding: undefined, mediaType: parts.mediaType, status: 206 };
  return sendPieces(request, reply, parts.pieces[Symbol.asyncIterator](), { headers: { ...headers, 'content-type': parts.mediaType }, ...options });
}

function sendHead(request: FastifyRequest, reply: FastifyReply, headers: OutgoingHttpHeaders, byteLength: number | undefined, status: number): void {
  writeHead(request, reply, status, byteLength === undefined ? headers : { ...headers, 'content-length': byteLength });
  reply.raw.end();
}

async function sendWhole(
  request: FastifyRequest, reply: FastifyReply, body: Uint8Array, headers: OutgoingHttpHeaders,
  coding: ContentCoding | undefined, mediaType: string, status: number,
): Promise<void> {
  const packed = coding && (await compressBody(body, coding, mediaType));
  if (packed) Object.assign(headers, { 'content-encoding': coding, vary: varyWith(reply, 'Accept-Encoding') });
  respond(request, reply, status, headers, packed ?? body);
}

interface PieceOptions {
  readonly headers: OutgoingHttpHeaders;
  readonly byteLength: number | undefined;
  readonly span: ByteSpan | undefined;
  readonly coding: ContentCoding | undefined;
  readonly mediaType: string;
  readonly status: number;
}

async function sendPieces(request: FastifyRequest, reply: FastifyReply, pieces: AsyncIterator<Uint8Array>, options: PieceOptions): Promise<void> {
  const { headers, byteLength, span, coding, mediaType, status } = options;
  const state = stateOf(request);
  const askedAtMs = performance.now();
  let started = false;
  try {
    const head = await readHead(pieces, byteLength);
    state.readMs = performance.now() - askedAtMs;
    // Most answers are short; then there is nothing to stream.
    if (head.isWhole && !span) {
      checkLength(head.bytes.byteLength, byteLength);
      return await sendWhole(request, reply, head.bytes, headers, coding, mediaType, status);
    }
    const isWorthwhile = coding !== undefined && (await compressBody(head.bytes.subarray(0, sampleByteLength), coding, mediaType)) !== undefined;
    const compressor = isWorthwhile ? makeCompressor(coding, mediaType) : undefined;
    if (compressor) Object.assign(headers, { 'content-encoding': coding, vary: varyWith(reply, 'Accept-Encoding') });
    else if (byteLength !== undefined) headers['content-length'] = span ? span.end - span.start : byteLength;
    started = true;
    writeHead(request, reply, status, headers);
    const rest = countedPieces(head, pieces, byteLength, span);
    if (compressor) await pipeCompressed(rest, compressor, reply);
    else await writePieces(rest, reply);
    reply.raw.end();
  } catch (error) {
    if (!started) throw error;
    // The status is out: only a broken connection tells the client that the body is not whole.
    reply.raw.destroy(error instanceof Error ? error : undefined);
  } finally {
    await pieces.return?.();
  }
}

/** The beginning of a body, long enough to judge it by; `isWhole` if nothing follows. */
interface Head {
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}

async function readHead(pieces: AsyncIterator<Uint8Array>, byteLength: number | undefined): Promise<Head> {
  const gathered: Uint8Array[] = [];
  let gatheredByteLength = 0;
  let isWhole = false;
  do {
    const next = await pieces.next();
    isWhole = next.done === true;
    if (next.done) break;
    gathered.push(next.value);
    gatheredByteLength += next.value.byteLength;
    isWhole = gatheredByteLength === byteLength;
  } while (!isWhole && gatheredByteLength < sampleByteLength);
  return { bytes: gathered.length === 1 ? gathered[0]! : Buffer.concat(gathered), isWhole };
}

function checkLength(actual: number, expected: number | undefined): void {
  if (expected === undefined || actual === expected) return;
  throw new TesseraError('internal', `A body of ${expected} bytes came out as ${actual}.`);
}

/** All pieces in order, cut to the span; fails if they do not add up to the length announced. */
async function* countedPieces(head: Head, pieces: AsyncIterator<Uint8Array>, byteLength: number | undefined, span: ByteSpan | undefined): AsyncGenerator<Uint8Array> {
  let at = 0;
  let next: IteratorResult<Uint8Array> = { done: false, value: head.bytes };
  while (!next.done) {
    const piece = next.value;
    const start = span ? Math.max(span.start - at, 0) : 0;
    const end = span ? Math.min(span.end - at, piece.byteLength) : piece.byteLength;
    at += piece.byteLength;
    if (start < end) yield start === 0 && end === piece.byteLength ? piece : passPieceOn(piece, piece.subarray(start, end));
    else releasePiece(piece);
    if (span && at >= span.end) return;
    next = await pieces.next();
  }
  checkLength(at, byteLength);
}

/** Writes pieces no faster than the client takes them. @throws if the client goes away. */
async function writePieces(pieces: AsyncIterable<Uint8Array>, reply: FastifyReply): Promise<void> {
  const response = reply.raw;
  for await (const piece of pieces) {
    if (response.destroyed) throw new TesseraError('cancelled', 'The client went away.');
    if (!response.write(piece, (error) => { if (!error) releasePiece(piece); })) await drained(reply);
  }
}

async function drained(reply: FastifyReply): Promise<void> {
  const response = reply.raw;
  if (response.destroyed) throw new TesseraError('cancelled', 'The client went away.');
  const settled = new AbortController();
  try {
    const gone = once(response, 'close', { signal: settled.signal }).then(() => {
      throw new TesseraError('cancelled', 'The client went away.');
    });
    await Promise.race([once(response, 'drain', { signal: settled.signal }), gone]);
  } finally {
    settled.abort();
  }
}

async function pipeCompressed(pieces: AsyncIterable<Uint8Array>, compressor: ReturnType<typeof makeCompressor>, reply: FastifyReply): Promise<void> {
  const feed = async () => {
    try {
      // Each piece is waited for: an end that comes while one is at work makes zstd add a second, empty frame.
      for await (const piece of pieces) await new Promise<void>((resolve, reject) => compressor.write(piece, (error) => {
        if (error) return reject(error);
        releasePiece(piece);
        resolve();
      }));
      compressor.end();
    } catch (error) {
      compressor.destroy(error as Error);
    }
  };
  const fed = feed();
  try {
    await writePieces(compressor as AsyncIterable<Uint8Array>, reply);
  } finally {
    compressor.destroy();
    await fed;
  }
}
