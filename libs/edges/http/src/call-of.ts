import type { Call } from '@tessera/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { stateOf } from './request-state.ts';

const timeouts = new WeakMap<object, number>();

/** The form of `traceparent` (W3C Trace Context, section 3.2.2), which later versions may add to. Whatever else comes is not passed on. */
const traceparentPattern = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}(?:-[\x21-\x7e]{1,200})?$/;

/** Sets how long the beginning of an answer is worth waiting for. */
export function setRequestTimeout(server: object, timeoutMs: number): void {
  timeouts.set(server, timeoutMs);
}

/** The answer has begun: from now on it may take as long as its client takes, as long as it moves. */
export function dropDeadline(request: FastifyRequest): void {
  const call: { deadlineMs?: number } | undefined = stateOf(request).call;
  if (call) delete call.deadlineMs;
}

/** What travels with every port call made for a request; the same object each time. */
export function callOf(request: FastifyRequest, reply: FastifyReply): Call {
  const state = stateOf(request);
  return (state.call ??= makeCall(request, reply));
}

function makeCall(request: FastifyRequest, reply: FastifyReply): Call {
  const gone = new AbortController();
  const response = reply.raw;
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const { traceparent } = request.headers;
  return {
    signal: gone.signal,
    deadlineMs: Date.now() + (timeouts.get(request.server) ?? 5 * 60_000),
    ...(typeof traceparent === 'string' && traceparentPattern.test(traceparent) ? { traceparent } : {}),
  };
}
