import { TesseraError } from '@tessera/domain';

/** What to throw when bytes that came from outside do not hold together. */
export function damaged(what: string, cause?: unknown): TesseraError {
  return new TesseraError('gone', `The Arrow data are damaged: ${what}.`, {}, { cause });
}
