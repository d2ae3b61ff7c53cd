// The calling side of a method: deadline, cancellation and errors as the ports have them.
import type { CallOptions, ClientDuplexStream, ClientReadableStream, Metadata, MethodDefinition } from '@grpc/grpc-js';
import { TesseraError, type Call, type Principal } from '@tessera/domain';
import { encodeCall, encodeSignedCall } from './call.wire.ts';
import type { ClusterChannel } from './channel.ts';
import { decodeError, transportFailure } from './error.wire.ts';

export type Method<Request, Response> = MethodDefinition<Request, Response>;

/** How a call proves itself: by the cluster's secret, or by a ticket in its message. */
export type Proof = { readonly by: 'secret'; readonly principal?: Principal } | { readonly by: 'ticket' };

export interface Invocation {
  readonly proof: Proof;
  readonly call: Call | undefined;
  /** Of calls without a deadline of their own: no call may hang for ever. Streams have none, keepalive finds dead peers. */
  readonly timeoutMs?: number;
  /** Of streams that are taken as slowly as somebody far away takes them: the deadline is for the first message. */
  readonly isOpenEnded?: boolean;
}

const defaultTimeoutMs = 60_000;

/** One message there, one back. */
export async function invokeUnary<Request, Response>(
  channel: ClusterChannel, method: Method<Request, Response>, request: Request, invocation: Invocation,
): Promise<Response> {
  const { call } = invocation;
  checkCall(call);
  const options = { deadline: call?.deadlineMs ?? Date.now() + (invocation.timeoutMs ?? defaultTimeoutMs) };
  return new Promise<Response>((resolve, reject) => {
    const rpc = begin(() => channel.client.makeUnaryRequest(
      method.path, method.requestSerialize, method.responseDeserialize, request, metadataOf(channel, method, invocation), options,
      (error, response) => {
        call?.signal?.removeEventListener('abort', cancel);
        if (error) reject(decodeError(error, call));
        else resolve(response!);
      },
    ));
    const cancel = () => rpc.cancel();
    call?.signal?.addEventListener('abort', cancel, { once: true });
  });
}

/**
 * One message there, many back. The server is paused while nobody takes messages;
 * a caller who stops early cancels the call.
 */
export async function* invokeServerStream<Request, Response>(
  channel: ClusterChannel, method: Method<Request, Response>, request: Request, invocation: Invocation,
): AsyncGenerator<Response, void, undefined> {
  checkCall(invocation.call);
  const rpc = begin(() => channel.client.makeServerStreamRequest(
    method.path, method.requestSerialize, method.responseDeserialize, request, metadataOf(channel, method, invocation),
    invocation.isOpenEnded ? {} : streamOptions(invocation.call),
  ));
  const deadline = invocation.isOpenEnded ? endAtDeadline(rpc, invocation.call) : undefined;
  try {
    for await (const message of receive(rpc, invocation.call)) {
      clearTimeout(deadline);
      yield message;
    }
  } finally {
    clearTimeout(deadline);
  }
}

function endAtDeadline(rpc: ClientReadableStream<unknown>, call: Call | undefined): NodeJS.Timeout | undefined {
  if (call?.deadlineMs === undefined) return undefined;
  return setTimeout(() => rpc.destroy(late()), Math.min(call.deadlineMs - Date.now(), 2 ** 31 - 1));
}

/** Many messages there, many back. All are sent, as fast as they are taken, before the first is awaited. */
export async function* invokeBidiStream<Request, Response>(
  channel: ClusterChannel, method: Method<Request, Response>, requests: Iterable<Request>, invocation: Invocation,
): AsyncGenerator<Response, void, undefined> {
  checkCall(invocation.call);
  const rpc = begin(() => channel.client.makeBidiStreamRequest(
    method.path, method.requestSerialize, method.responseDeserialize, metadataOf(channel, method, invocation), streamOptions(invocation.call),
  ));
  const sending = send(rpc, requests);
  yield* receive(rpc, invocation.call);
  await sending;
}

/** grpc-js throws at once, and not a status, if the channel was closed. */
function begin<Rpc>(start: () => Rpc): Rpc {
  try {
    return start();
  } catch (error) {
    throw transportFailure({ cause: error });
  }
}

async function send<Request>(rpc: ClientDuplexStream<Request, unknown>, requests: Iterable<Request>): Promise<void> {
  let ended = false;
  let wake = () => {};
  const over = () => { ended = true; wake(); };
  rpc.on('error', over).on('close', over).on('status', over);
  rpc.on('drain', () => wake());
  for (const request of requests) {
    if (ended) return;
    if (!rpc.write(request)) await new Promise<void>((resolve) => { wake = resolve; });
  }
  if (!ended) rpc.end();
}

async function* receive<Response>(rpc: ClientReadableStream<Response> | ClientDuplexStream<never, Response>, call: Call | undefined): AsyncGenerator<Response, void, undefined> {
  const cancel = () => rpc.cancel();
  call?.signal?.addEventListener('abort', cancel, { once: true });
  // grpc-js reports our own cancelling as an error after the iteration is over; nobody else listens then.
  rpc.on('error', () => {});
  let isOver = false;
  try {
    for await (const message of rpc.iterator({ destroyOnReturn: false })) yield message as Response;
    isOver = true;
  } catch (error) {
    isOver = true;
    rpc.cancel();
    throw decodeError(error, call);
  } finally {
    call?.signal?.removeEventListener('abort', cancel);
    if (!isOver) leave(rpc);
  }
}

/** How long the end of a call may be on its way when all its messages were taken. */
const endDelayMs = 50;

/**
 * Cancels a call that nobody reads any more, unless its end is all that is missing: who knows how much there is
 * stops before the end is seen. Each cancelling resets a stream, and an HTTP/2 server takes many resets for an
 * attack and closes the connection with every call on it (nghttp2's rate limit: 1000, then 33 a second).
 */
function leave(rpc: ClientReadableStream<unknown> | ClientDuplexStream<never, unknown>): void {
  const timer = setTimeout(() => rpc.cancel(), endDelayMs);
  rpc.once('end', () => clearTimeout(timer));
  rpc.once('error', () => clearTimeout(timer));
  rpc.once('data', () => rpc.cancel());
}

function metadataOf(channel: ClusterChannel, method: { readonly path: string }, { proof, call }: Invocation): Metadata {
  return proof.by === 'ticket' ? encodeCall(call) : encodeSignedCall(method.path, channel.keys, proof.principal, call);
}

function streamOptions(call: Call | undefined): CallOptions {
  return call?.deadlineMs === undefined ? {} : { deadline: call.deadlineMs };
}

export function checkCall(call: Call | undefined): void {
  if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The call was cancelled.');
  if (call?.deadlineMs !== undefined && call.deadlineMs <= Date.now()) {
    throw late();
  }
}

function late(): TesseraError {
  return new TesseraError('deadline_exceeded', 'The answer did not come in time.');
}
