import { isTesseraError, TesseraError } from '@tessera/domain';

/** Runs a check whose refusals are to be told as 422 rather than 400. */
export function asUnprocessable<Result>(check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (isTesseraError(error, 'invalid_argument')) throw new TesseraError('unprocessable', error.message, error.details);
    throw error;
  }
}
