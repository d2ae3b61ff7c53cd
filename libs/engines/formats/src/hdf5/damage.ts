import { TesseraError, isTesseraError } from '@tessera/domain';

/** A structure of the file that cannot be what the specification says it is. `what` completes "The HDF5 file is damaged: ". */
export function damaged(what: string): TesseraError {
  return new TesseraError('gone', `The HDF5 file is damaged: ${what}.`);
}

/** Sound, but not read here. `what` is a sentence without its full stop. */
export function unsupported(what: string): TesseraError {
  return new TesseraError('gone', `${what}.`);
}

/**
 * The sentence for a node that cannot be read. Failures which say nothing about the
 * file (the store is away, the caller left) are thrown on.
 */
export function problemOf(error: unknown): string {
  if (isTesseraError(error, 'gone') || isTesseraError(error, 'permission_denied') || isTesseraError(error, 'not_found')) return error.message;
  // A number from the file that no typed array or view can take: hostile input, not a fault of ours.
  if (error instanceof RangeError) return damaged('it holds a length that cannot be').message;
  throw error;
}
