import type { Call } from '@tessera/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { stateOf } from './request-state.ts';

const timeouts = new WeakMap<object, number>();

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
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
  };
}
