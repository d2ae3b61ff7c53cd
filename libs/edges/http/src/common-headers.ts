// Headers that every answer carries, errors included, and the rules about other origins.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieOf, sessionCookie } from './cookies.ts';
import { csrfCookie, makeCsrfToken } from './csrf.ts';
import { maxUrlByteLength, type HttpOptions } from './http-options.ts';
import { randomText } from './random-text.ts';
import { stateOf } from './request-state.ts';
import { respond } from './respond.ts';

const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const corsMethods = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT';
/** What scripts of other origins may read besides what they always may: what tells parts and versions of a body. */
const exposedHeaders = 'X-Tiled-Request-ID, Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag';

/** First hook of every request. Calls `done` unless it has answered. */
export function applyCommonHeaders(options: Pick<HttpOptions, 'allowOrigins'>, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const state = stateOf(request);
  const inbound = request.headers['x-tiled-request-id'];
  state.requestId = typeof inbound === 'string' && uuid4.test(inbound) ? inbound : randomText(8, 'hex');
  const response = reply.raw;
  response.setHeader('x-tiled-request-id', state.requestId);
  response.setHeader('vary', 'Origin');
  response.setHeader('x-content-type-options', 'nosniff');
  if (cookieOf(request.headers.cookie, csrfCookie) === undefined) response.setHeader('set-cookie', sessionCookie(csrfCookie, makeCsrfToken()));
  if (request.headers.origin !== undefined && answeredPreflight(options.allowOrigins, request, reply)) return;
  if ((request.raw.url?.length ?? 0) > maxUrlByteLength) {
    return respond(request, reply, 414, { 'content-type': 'application/json' }, '{"detail":"The URL is too long. Send long lists in the body of a POST."}');
  }
  done();
}

/** Sets the headers for another origin; true if the request was a preflight and is answered. */
function answeredPreflight(allowOrigins: readonly string[], request: FastifyRequest, reply: FastifyReply): boolean {
  const origin = request.headers.origin!;
  const isAny = allowOrigins.includes('*');
  const isListed = allowOrigins.includes(origin);
  const allowed = isListed || isAny;
  const preflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
  if (allowed) {
    reply.raw.setHeader('access-control-allow-origin', isListed ? origin : '*');
    // Cookies are for pages that were named: others have to bring a key of their own.
    if (isListed) reply.raw.setHeader('access-control-allow-credentials', 'true');
    reply.raw.setHeader('access-control-expose-headers', exposedHeaders);
  }
  if (!preflight) return false;
  const text = { 'content-type': 'text/plain; charset=utf-8' };
  if (!allowed) {
    respond(request, reply, 400, text, 'Disallowed CORS origin');
    return true;
  }
  const wanted = request.headers['access-control-request-headers'];
  respond(request, reply, 200, {
    ...text,
    'access-control-allow-methods': corsMethods,
    'access-control-max-age': '600',
    ...(wanted === undefined ? {} : { 'access-control-allow-headers': wanted }),
  }, 'OK');
  return true;
}
