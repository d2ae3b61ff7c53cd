// The serving side of a method: checks who calls, runs the port, reports errors, stops when the caller goes away.
import type { handleBidiStreamingCall, handleServerStreamingCall, handleUnaryCall, ServerDuplexStream, ServerWritableStream, Metadata } from '@grpc/grpc-js';
import { isTesseraError, TesseraError, type Call, type Principal } from '@tessera/domain';
import { decodeCall, verifySignedCall } from './call.wire.ts';
import { encodeError } from './error.wire.ts';
import type { ClusterKeys } from './signature.ts';

/** What all handlers of a process share. */
export interface ServerContext {
  readonly keys: ClusterKeys;
  /** Gets errors that are our own fault, to log them: their causes stay in this process. */
  report(error: unknown, methodPath: string): void;
}

/** How a caller must prove itself; a `ticket` is checked by the handler, which has the message. */
export type RequiredProof = 'secret' | 'ticket' | 'none';

export interface Incoming<Request> {
  readonly request: Request;
  readonly call: Call;
  /** @throws TesseraError unauthenticated if the call is made on nobody's behalf. */
  principal(): Principal;
}

interface IncomingRpc {
  readonly metadata: Metadata;
  getPath(): string;
  getDeadline(): Date | number;
  on(event: 'cancelled', listener: () => void): unknown;
}

/** How much may wait to be sent, beside what node:http2 holds. */
const outboundByteLength = 2 ** 20;

// grpc-js says `cancelled` at the end of every call: an error made each time, with its stack, would cost more than the ticket.
const callerLeft = new TesseraError('cancelled', 'The caller went away.');

function accept<Request>(rpc: IncomingRpc, request: Request, proof: RequiredProof, context: ServerContext): Incoming<Request> {
  const principal = proof === 'secret' ? verifySignedCall(rpc.metadata, rpc.getPath(), context.keys) : undefined;
  const controller = new AbortController();
  rpc.on('cancelled', () => controller.abort(callerLeft));
  return {
    request,
    call: decodeCall(rpc.metadata, rpc.getDeadline(), controller.signal),
    principal: () => {
      if (!principal) throw new TesseraError('unauthenticated', 'This call needs a principal.');
      return principal;
    },
  };
}

function failureOf(error: unknown, rpc: IncomingRpc, context: ServerContext): ReturnType<typeof encodeError> {
  if (!isTesseraError(error) || error.code === 'internal') context.report(error, rpc.getPath());
  return encodeError(error);
}

export function handleUnary<Request, Response>(
  context: ServerContext, proof: RequiredProof, serve: (incoming: Incoming<Request>) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (rpc, reply) => {
    const run = async () => serve(accept(rpc, rpc.request, proof, context));
    run().then(
      (response) => reply(null, response),
      (error: unknown) => reply(failureOf(error, rpc, context)),
    );
  };
}

export function handleServerStream<Request, Response>(
  context: ServerContext, proof: RequiredProof, serve: (incoming: Incoming<Request>) => AsyncIterable<Response>, sizeOf?: (response: Response) => number,
): handleServerStreamingCall<Request, Response> {
  return (rpc) => {
    void pump(rpc, context, () => serve(accept(rpc, rpc.request, proof, context)), sizeOf);
  };
}

export function handleBidiStream<Request, Response>(
  context: ServerContext, proof: RequiredProof, serve: (incoming: Incoming<AsyncIterable<Request>>) => AsyncIterable<Response>,
): handleBidiStreamingCall<Request, Response> {
  return (rpc) => {
    void pump(rpc, context, () => serve(accept(rpc, rpc as AsyncIterable<Request>, proof, context)));
  };
}

/** Sends what the iterable yields, no faster than it is taken; lets go of the iterable when the caller goes away. */
async function pump<Response>(
  rpc: ServerWritableStream<unknown, Response> | ServerDuplexStream<unknown, Response>, context: ServerContext,
  open: () => AsyncIterable<Response>, sizeOf: (response: Response) => number = () => 0,
): Promise<void> {
  let waitingByteLength = 0;
  let wake = () => {};
  rpc.on('cancelled', () => wake());
  rpc.on('drain', () => wake());
  const written = (byteLength: number) => () => {
    waitingByteLength -= byteLength;
    wake();
  };
  try {
    for await (const response of open()) {
      if (rpc.cancelled) return;
      const byteLength = sizeOf(response);
      waitingByteLength += byteLength;
      rpc.write(response, written(byteLength));
      while (!rpc.cancelled && (rpc.writableNeedDrain || waitingByteLength > outboundByteLength)) {
        await new Promise<void>((resolve) => { wake = resolve; });
      }
      if (rpc.cancelled) return;
    }
    rpc.end();
  } catch (error) {
    // Not destroy(error): grpc-js then sends no status and the caller waits for ever.
    rpc.emit('error', failureOf(error, rpc, context));
  }
}
