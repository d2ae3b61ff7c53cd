import { TesseraError } from '@tessera/domain';

/** `what` completes "The netCDF file is damaged: ". */
export function damaged(what: string): TesseraError {
  return new TesseraError('gone', `The netCDF file is damaged: ${what}.`);
}
