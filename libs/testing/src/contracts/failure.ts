import { isTesseraError, type ErrorCode } from '@tessera/domain';

/** The code of the error that `work` fails with; a test that gets none fails. */
export async function failureCode(work: Promise<unknown>): Promise<ErrorCode> {
  const error = await work.then(() => undefined, (reason: unknown) => reason ?? 'nothing');
  if (isTesseraError(error)) return error.code;
  throw new Error(error === undefined ? 'This should have failed.' : `This should have failed otherwise than by ${String(error)}`, { cause: error });
}
