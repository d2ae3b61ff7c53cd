import { TesseraError } from '@tessera/domain';

/** A structure of the file that cannot be what the specification says it is. `what` completes "The TIFF file is damaged: ". */
export function damaged(what: string): TesseraError {
  return new TesseraError('gone', `The TIFF file is damaged: ${what}.`);
}

/** Sound, but not read here. `what` is a sentence without its full stop. */
export function unsupported(what: string): TesseraError {
  return new TesseraError('gone', `${what}.`);
}
