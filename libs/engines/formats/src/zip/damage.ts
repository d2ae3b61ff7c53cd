import { TesseraError } from '@tessera/domain';

/** `what` completes "The zip file is damaged: ". */
export function damaged(what: string): TesseraError {
  return new TesseraError('gone', `The zip file is damaged: ${what}.`);
}
