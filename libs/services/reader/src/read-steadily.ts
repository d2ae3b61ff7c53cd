import { TesseraError } from '@tessera/domain';

/** How often what was written anew while it was read is read again. */
const maxAttempts = 3;

/** Found by a read whose parts are not of one version. */
export const writtenAnew = Symbol('written anew');

/** What `read` finds, which is read again if it was written anew meanwhile. @throws TesseraError unavailable if that goes on. */
export async function readSteadily<Result>(what: 'chunk' | 'shard', read: () => Promise<Result | typeof writtenAnew>): Promise<Result> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const found = await read();
    if (found !== writtenAnew) return found;
  }
  throw new TesseraError('unavailable', `This ${what} is being written again and again. Try again.`);
}
