// An object or a range of it by GET, and its facts by HEAD: what S3 and plain HTTP have in common.
import type { IncomingHttpHeaders } from 'node:http';
import { TesseraError, isOtherSource, staleSource, type Call, type ReadRange } from '@tessera/domain';
import type { BodyWindow } from './collect-body.ts';
import type { HttpAnswer, HttpRequest, Send } from './http-exchange.ts';
import { factsOf, parseContentRange, type ObjectFacts } from './object-facts.ts';

/** One object of a server, and what the server's refusals mean. */
export interface RemoteObject {
  /** The head of a request for it, signed if need be. */
  request(method: 'GET' | 'HEAD', headers: Readonly<Record<string, string>>): Pick<HttpRequest, 'origin' | 'path' | 'headers'>;
  /** Refuses an answer that has bytes, by its head. @throws TesseraError */
  checkHead?(headers: IncomingHttpHeaders): void;
  /** The error of an answer that is neither the object nor its absence. */
  refusal(answer: HttpAnswer): TesseraError;
}

/** Most bytes of one read, as of files. */
const readByteLimit = 2 ** 31 - 1;
/** Of a server that ignores ranges, the object is read up to this byte, and no further. */
const ignoredRangeByteLimit = 16 * 2 ** 20;
/** An answer that says what is wrong is not longer. */
const refusalByteLimit = 64 * 1024;

/** The bytes, and the facts of the very object they are of. */
export interface ReadObject {
  readonly bytes: Uint8Array;
  readonly facts: ObjectFacts;
}

/** The bytes; undefined if there is no such object. @throws TesseraError stale if it is not the expected one. */
export async function readObject(object: RemoteObject, send: Send, range: ReadRange | undefined, call: Call | undefined): Promise<ReadObject | undefined> {
  const { byteOffset = 0, byteLength = Infinity, expected } = range ?? {};
  if (!(Number.isSafeInteger(byteOffset) && byteOffset >= 0 && byteLength >= 0)) throw new TesseraError('invalid_argument', 'A byte range must start at a whole number of bytes.');
  if (byteLength === 0) return readNothing(object, send, expected, call);
  const isPart = byteOffset > 0 || byteLength < Infinity;
  const answer = await send({
    method: 'GET',
    ...object.request('GET', {
      'accept-encoding': 'identity',
      ...(isPart ? { range: rangeHeader(byteOffset, byteLength) } : {}),
      // A weak tag matches nothing (RFC 9110, section 13.1.1).
      ...(expected?.etag?.startsWith('"') ? { 'if-match': expected.etag } : {}),
    }),
    window: (status, headers) => {
      if (status === 200 || status === 206) object.checkHead?.(headers);
      return windowOf(status, headers, byteOffset, byteLength);
    },
  }, call);
  const { status } = answer;
  if (status === 404 || status === 410) return undefined;
  if (status === 412) throw staleSource();
  if (status !== 200 && status !== 206 && status !== 416) throw object.refusal(answer);
  const facts = factsOf(status, answer.headers);
  if (expected && isOtherSource(expected, facts)) throw staleSource();
  return { bytes: status === 416 ? new Uint8Array() : answer.body, facts };
}

/** An object as a look at it shows it. */
export interface SeenObject {
  readonly facts: ObjectFacts;
  readonly headers: IncomingHttpHeaders;
}

/** What is known of the object; undefined if there is none. */
export async function lookAtObject(object: RemoteObject, send: Send, call: Call | undefined): Promise<SeenObject | undefined> {
  const answer = await send({ method: 'HEAD', ...object.request('HEAD', { 'accept-encoding': 'identity' }), window: () => ({ skipByteLength: 0, takeByteLength: 0 }) }, call);
  if (answer.status === 404 || answer.status === 410) return undefined;
  // Some servers know no HEAD, or do not say how long the object is.
  if (answer.status === 405 || answer.status === 501 || (answer.status === 200 && answer.headers['content-length'] === undefined)) return lookByReading(object, send, call);
  if (answer.status !== 200) throw object.refusal(answer);
  return { facts: factsOf(200, answer.headers), headers: answer.headers };
}

/** The same by a GET of one byte. */
async function lookByReading(object: RemoteObject, send: Send, call: Call | undefined): Promise<SeenObject | undefined> {
  const head = object.request('GET', { 'accept-encoding': 'identity', range: 'bytes=0-0' });
  const answer = await send({ method: 'GET', ...head, window: () => ({ skipByteLength: 0, takeByteLength: 1 }) }, call);
  if (answer.status === 404 || answer.status === 410) return undefined;
  if (answer.status !== 200 && answer.status !== 206 && answer.status !== 416) throw object.refusal(answer);
  return { facts: factsOf(answer.status, answer.headers), headers: answer.headers };
}

async function readNothing(object: RemoteObject, send: Send, expected: ReadRange['expected'], call: Call | undefined): Promise<ReadObject | undefined> {
  const found = await lookAtObject(object, send, call);
  if (found && expected && isOtherSource(expected, found.facts)) throw staleSource();
  return found && { bytes: new Uint8Array(), facts: found.facts };
}

function rangeHeader(byteOffset: number, byteLength: number): string {
  const last = byteOffset + byteLength - 1;
  return `bytes=${byteOffset}-${Number.isSafeInteger(last) ? last : ''}`;
}

function windowOf(status: number, headers: IncomingHttpHeaders, byteOffset: number, byteLength: number): BodyWindow {
  switch (status) {
    case 206: return partWindow(headers, byteOffset, byteLength);
    case 200: return wholeWindow(headers, byteOffset, byteLength);
    default: return { skipByteLength: 0, takeByteLength: refusalByteLimit };
  }
}

function partWindow(headers: IncomingHttpHeaders, byteOffset: number, byteLength: number): BodyWindow {
  const { start, end } = parseContentRange(headers['content-range']) ?? {};
  const declared = headers['content-length'];
  const isSound = start === byteOffset && end !== undefined && end > start && end - start <= byteLength
    && (declared === undefined || Number(declared) === end - start);
  if (!isSound) throw new TesseraError('unavailable', 'The storage answered with other bytes than were asked for.');
  return { skipByteLength: 0, takeByteLength: checkReadLength(end - start) };
}

/** All of the object: because it was asked for, or because the server does not know ranges. */
function wholeWindow(headers: IncomingHttpHeaders, byteOffset: number, byteLength: number): BodyWindow {
  const total = headers['content-length'] === undefined ? Infinity : Number(headers['content-length']);
  const wanted = Math.min(byteLength, Math.max(0, total - byteOffset));
  if (byteOffset === 0) return { skipByteLength: 0, takeByteLength: total < Infinity ? checkReadLength(wanted) : Math.min(wanted, readByteLimit) };
  if (byteOffset + wanted > ignoredRangeByteLimit) {
    throw new TesseraError('unsupported', 'The server that holds these data does not answer requests for ranges of bytes. Serve them with one that does, or copy them.');
  }
  return { skipByteLength: byteOffset, takeByteLength: wanted };
}

function checkReadLength(byteLength: number): number {
  if (byteLength > readByteLimit) throw new TesseraError('too_large', `At most ${readByteLimit} bytes can be read at once.`);
  return byteLength;
}
