import { errorCodes, type ErrorCode } from './error-codes.ts';

/** Data about an error: never prose, never secrets, never server paths. Must survive JSON. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** Messages quote what they refuse, and that may be long: a file's fill value, a request's list of names. */
const maxMessageLength = 2000;

/**
 * The only error class of the project. The message tells the user what to do;
 * `details` is data. Test by `isTesseraError`, never by `instanceof`: an error
 * that crossed a socket or a worker must look the same.
 */
export class TesseraError extends Error {
  readonly isTesseraError = true;
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(message.length > maxMessageLength ? `${message.slice(0, maxMessageLength - 1)}…` : message, options);
    this.name = 'TesseraError';
    this.code = code;
    this.details = details;
  }
}

/** True if `error` is a TesseraError, and has `code` if one is given. */
export function isTesseraError(error: unknown, code?: ErrorCode): error is TesseraError {
  const candidate = error as Partial<TesseraError> | null | undefined;
  if (typeof candidate !== 'object' || candidate === null || candidate.isTesseraError !== true) return false;
  return code === undefined || candidate.code === code;
}

/** Any thrown value as a TesseraError; unknown ones become `internal` and keep their cause for the log. */
export function toTesseraError(error: unknown): TesseraError {
  if (isTesseraError(error)) return error;
  return new TesseraError('internal', 'Internal server error', {}, { cause: error });
}

/** Whether a caller may try the same call again unchanged. */
export function isRetryable(error: unknown): boolean {
  return isTesseraError(error) && errorCodes[error.code].retryable;
}
