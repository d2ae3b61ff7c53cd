// Every answer of ours leaves by this door, past Fastify's own sending: it adds no
// charset to application/json and streams bodies without a stream object each.
import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { dropDeadline } from './call-of.ts';
import { defaultStallTimeoutMs } from './http-options.ts';
import { stateOf } from './request-state.ts';

const stallTimeouts = new WeakMap<object, number>();

/** Sets how long the answers of a server may stand still, neither made nor taken, before they are cut. */
export function setStallTimeout(server: object, timeoutMs: number): void {
  stallTimeouts.set(server, timeoutMs);
}

/** Writes status and headers; the body is the caller's to write to `reply.raw`. */
export function writeHead(request: FastifyRequest, reply: FastifyReply, status: number, headers: OutgoingHttpHeaders): void {
  const state = stateOf(request);
  reply.hijack();
  const own = reply.getHeaders() as OutgoingHttpHeaders;
  const read = state.readMs === undefined ? '' : `read;dur=${state.readMs.toFixed(1)}, `;
  const appMs = performance.now() - state.startedAtMs;
  dropDeadline(request);
  // What a client does not take is held in memory.
  reply.raw.setTimeout(stallTimeouts.get(request.server) ?? defaultStallTimeoutMs, () => reply.raw.destroy());
  reply.raw.writeHead(status, { ...own, ...headers, 'server-timing': `${read}app;dur=${appMs.toFixed(1)}` });
}

/** Answers with a body that is wholly there. */
export function respond(request: FastifyRequest, reply: FastifyReply, status: number, headers: OutgoingHttpHeaders, body?: string | Uint8Array): void {
  // 304 has no body and 204 no length (RFC 9110, section 8.6).
  const length = status === 304 || status === 204 ? {} : { 'content-length': body === undefined ? 0 : Buffer.byteLength(body) };
  writeHead(request, reply, status, { ...headers, ...length });
  if (body === undefined || request.method === 'HEAD') reply.raw.end();
  else reply.raw.end(body);
}

/** The content type header of a media type: text is UTF-8, the rest says what it is itself. */
export function contentTypeOf(mediaType: string): string {
  return mediaType.startsWith('text/') && !mediaType.includes('charset=') ? `${mediaType}; charset=utf-8` : mediaType;
}

/** `Vary` with one more name. */
export function varyWith(reply: FastifyReply, name: string): string {
  const vary = String(reply.getHeader('vary') ?? '');
  return vary === '' ? name : `${vary}, ${name}`;
}
