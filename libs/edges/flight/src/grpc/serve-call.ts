// A method as grpc-js calls it: backpressure, cancellation, status.
import { Metadata, type status, type handleBidiStreamingCall, type handleServerStreamingCall, type handleUnaryCall, type ServerDuplexStream, type ServerWritableStream } from '@grpc/grpc-js';
import { errorCodes, isTesseraError, TesseraError, toTesseraError, type Call } from '@tessera/domain';
import type { FlightMethod, IncomingCall } from '../service/flight-method.ts';
import type { MessageParts } from '../messages/flight-data.ts';

export interface MethodContext {
  readonly name: string;
  report(error: unknown, method: string): void;
}

type Unary = Extract<FlightMethod, { kind: 'unary' }>;
type Stream = Extract<FlightMethod, { kind: 'stream' }>;
type Dialogue = Extract<FlightMethod, { kind: 'dialogue' }>;

interface Rpc {
  readonly metadata: Metadata;
  getDeadline(): Date | number;
  sendMetadata(metadata: Metadata): void;
  on(event: 'cancelled', listener: () => void): unknown;
}

const callerLeft = new TesseraError('cancelled', 'The caller went away.');
/** A trailer longer than a client's limit for headers would hide the error. */
const mostMessageLength = 2_000;

export function serveUnary(method: Unary, context: MethodContext): handleUnaryCall<Buffer, MessageParts> {
  return (rpc, reply) => {
    method.serve(rpc.request, accept(rpc)).then((parts) => reply(null, parts), (error: unknown) => reply(statusOf(error, context)));
  };
}

export function serveServerStream(method: Stream, context: MethodContext): handleServerStreamingCall<Buffer, MessageParts> {
  return (rpc) => void pump(rpc, () => method.serve(rpc.request, accept(rpc)), context);
}

export function serveBidirectional(method: Dialogue, context: MethodContext): handleBidiStreamingCall<Buffer, MessageParts> {
  return (rpc) => void pump(rpc, () => method.serve(requestsOf(rpc), accept(rpc)), context);
}

/** Requests without an end that destroys the stream: grpc-js then sends no status and the caller waits for ever. */
function requestsOf(rpc: ServerDuplexStream<Buffer, MessageParts>): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => rpc.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer> };
}

function accept(rpc: Rpc): IncomingCall {
  const controller = new AbortController();
  rpc.on('cancelled', () => controller.abort(callerLeft));
  const deadlineMs = Number(rpc.getDeadline());
  const header = (name: string) => {
    const [value] = rpc.metadata.get(name);
    return value === undefined ? undefined : value.toString();
  };
  const traceparent = header('traceparent');
  const call: Call = { signal: controller.signal, ...(Number.isFinite(deadlineMs) ? { deadlineMs } : {}), ...(traceparent === undefined ? {} : { traceparent }) };
  const sendHeader = (name: string, value: string) => {
    const metadata = new Metadata();
    metadata.set(name, value);
    rpc.sendMetadata(metadata);
  };
  return { header, call, sendHeader };
}

/** Sends what the iterable yields, no faster than it is taken; lets go of the iterable when the caller goes away. */
async function pump(rpc: ServerWritableStream<Buffer, MessageParts> | ServerDuplexStream<Buffer, MessageParts>, open: () => AsyncIterable<MessageParts>, context: MethodContext): Promise<void> {
  let wake = () => {};
  rpc.on('cancelled', () => wake());
  rpc.on('drain', () => wake());
  let isWriting = false;
  const written = () => {
    isWriting = false;
    wake();
  };
  try {
    for await (const parts of open()) {
      // One message waits while the next is read: that is all that a slow caller holds.
      while (!rpc.cancelled && (isWriting || rpc.writableNeedDrain)) await new Promise<void>((resolve) => { wake = resolve; });
      if (rpc.cancelled) return;
      isWriting = true;
      rpc.write(parts, written);
    }
    rpc.end();
  } catch (error) {
    // Not destroy(error): grpc-js then sends no status and the caller waits for ever.
    rpc.emit('error', statusOf(error, context));
  }
}

/** The status that reports an error. What is not a TesseraError becomes `internal`, without what it says. */
function statusOf(thrown: unknown, { name, report }: MethodContext): { code: status; details: string; metadata: Metadata } {
  const error = toTesseraError(thrown);
  if (!isTesseraError(thrown) || error.code === 'internal') report(thrown, name);
  return { code: errorCodes[error.code].grpc, details: error.message.slice(0, mostMessageLength), metadata: new Metadata() };
}
