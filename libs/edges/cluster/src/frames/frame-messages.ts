// Payloads of frames ⇄ what they say.
import { errorCodes, TesseraError, toTesseraError, type Call, type ErrorCode, type ErrorDetails } from '@tessera/domain';

/** Methods that are served over frames, by their number on the wire. */
export const framedMethods = ['readChunk', 'readArray', 'readTable'] as const;
export type FramedMethod = (typeof framedMethods)[number];

const callHeadByteLength = 7;

export interface IncomingCall {
  readonly method: FramedMethod;
  /** 0 = as long as it takes. */
  readonly timeoutMs: number;
  readonly traceparent?: string;
  readonly message: Buffer;
}

/** @param timeoutMs 0 = as long as it takes */
export function encodeCallPayload(method: FramedMethod, message: Uint8Array, timeoutMs: number, call: Call | undefined): Buffer {
  const trace = call?.traceparent === undefined ? undefined : Buffer.from(call.traceparent, 'latin1');
  const payload = Buffer.allocUnsafe(callHeadByteLength + (trace?.byteLength ?? 0) + message.byteLength);
  payload[0] = framedMethods.indexOf(method);
  payload.writeUInt32LE(Math.min(Math.ceil(timeoutMs), 2 ** 32 - 1), 1);
  payload.writeUInt16LE(trace?.byteLength ?? 0, 5);
  if (trace) payload.set(trace, callHeadByteLength);
  payload.set(message, callHeadByteLength + (trace?.byteLength ?? 0));
  return payload;
}

/** @throws RangeError if it is no call. */
export function decodeCallPayload(payload: Buffer): IncomingCall {
  const method = framedMethods[payload[0] ?? -1];
  if (method === undefined) throw new RangeError('A call of a method that is not known.');
  const traceByteLength = payload.readUInt16LE(5);
  const traceparent = payload.toString('latin1', callHeadByteLength, callHeadByteLength + traceByteLength);
  return {
    method, timeoutMs: payload.readUInt32LE(1), message: payload.subarray(callHeadByteLength + traceByteLength),
    ...(traceByteLength > 0 ? { traceparent } : {}),
  };
}

/** What is not a TesseraError becomes `internal`, without what it says. */
export function encodeFailure(thrown: unknown): Buffer {
  const { code, message, details } = toTesseraError(thrown);
  return Buffer.from(JSON.stringify({ code, message, details }));
}

export function decodeFailure(payload: Buffer): TesseraError {
  const { code, message, details } = JSON.parse(payload.toString()) as { code: ErrorCode; message: string; details: ErrorDetails };
  return code in errorCodes ? new TesseraError(code, message, details) : new TesseraError('internal', 'Internal server error');
}
