// TesseraError ⇄ gRPC status. The code and details travel in a trailer, because several codes share one status.
import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { errorCodes, isTesseraError, TesseraError, toTesseraError, type Call, type ErrorCode, type ErrorDetails } from '@tessera/domain';

const trailerKey = 'tessera-error-bin';

// A peer refuses headers of more than 16 KiB or so; an error must never be lost for its size.
const mostMessageLength = 2_000;
const mostDetailsLength = 6_000;

const transportFailures = new WeakSet<TesseraError>();

/** Whether the other process could not be reached or was lost, rather than having answered with an error. */
export function isTransportFailure(error: unknown): boolean {
  return isTesseraError(error) && transportFailures.has(error);
}

/** The status that reports an error. What is not a TesseraError becomes `internal`, without what it says. */
export function encodeError(thrown: unknown): Partial<StatusObject> & { code: status; details: string } {
  const error = toTesseraError(thrown);
  const message = error.message.slice(0, mostMessageLength);
  const metadata = new Metadata();
  metadata.set(trailerKey, Buffer.from(JSON.stringify({ code: error.code, message, details: encodableDetails(error.details) })));
  return { code: errorCodes[error.code].grpc, details: message, metadata };
}

function encodableDetails(details: ErrorDetails): ErrorDetails {
  try {
    return JSON.stringify(details).length <= mostDetailsLength ? details : {};
  } catch {
    return {};
  }
}

/** The error that a failed call stands for, as the port would have thrown it locally. */
export function decodeError(thrown: unknown, call: Call | undefined): TesseraError {
  if (isTesseraError(thrown)) return thrown;
  const failure = thrown as Partial<ServiceError>;
  const sent = failure.metadata?.get(trailerKey)[0];
  const stated = sent instanceof Uint8Array ? parseTrailer(sent) : undefined;
  return stated ?? decodeForeignStatus(failure, call);
}

function parseTrailer(bytes: Uint8Array): TesseraError | undefined {
  try {
    const { code, message, details } = JSON.parse(new TextDecoder().decode(bytes)) as { code: ErrorCode; message: string; details: ErrorDetails };
    return code in errorCodes ? new TesseraError(code, message, details) : undefined;
  } catch {
    return undefined;
  }
}

/** A status that no handler of ours made: the transport's own, or a foreign server's. */
function decodeForeignStatus(failure: Partial<ServiceError>, call: Call | undefined): TesseraError {
  const options = { cause: failure };
  if (call?.signal?.aborted) return new TesseraError('cancelled', 'The call was cancelled.', {}, options);
  switch (failure.code) {
    case status.DEADLINE_EXCEEDED:
      return new TesseraError('deadline_exceeded', 'The answer did not come in time.', {}, options);
    case status.UNAUTHENTICATED:
      return new TesseraError('unauthenticated', 'The other process did not accept this call.', {}, options);
    case status.RESOURCE_EXHAUSTED:
      return new TesseraError('too_large', 'The message is larger than one call may carry. Ask for less.', {}, options);
    case status.UNAVAILABLE:
    case status.CANCELLED: // not by us, so by the connection's end
      return transportFailure(options);
    case status.INTERNAL:
      // grpc-js reports a stream that was cut off, without a status from the server, as INTERNAL.
      if (/RST_STREAM|without gRPC status/.test(failure.details ?? '')) return transportFailure(options);
      break;
    default:
  }
  return new TesseraError('internal', 'Internal server error', {}, options);
}

/** The error of a call whose connection could not be had, or broke. */
export function transportFailure(options: { cause: unknown }): TesseraError {
  const error = new TesseraError('unavailable', 'A part of the server cannot be reached at the moment. Try again.', {}, options);
  transportFailures.add(error);
  return error;
}
