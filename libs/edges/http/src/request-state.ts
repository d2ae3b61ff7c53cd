// What the server knows of a request beside what Fastify does. Kept under a symbol so
// that no front door can clash with it.
import type { Call, Principal } from '@tessera/domain';
import type { FastifyRequest } from 'fastify';

export interface RequestState {
  requestId: string;
  /** `performance.now()` at arrival. */
  startedAtMs: number;
  principal?: Principal;
  call?: Call;
  /** Milliseconds until the first piece of data was there. */
  readMs?: number;
}

export const requestState = Symbol('tessera.request');

type WithState = FastifyRequest & { [requestState]: RequestState | null };

export function stateOf(request: FastifyRequest): RequestState {
  const holder = request as WithState;
  return (holder[requestState] ??= { requestId: '', startedAtMs: performance.now() });
}
