// Keeps two processes off one folder. The lock is the operating system's, taken through SQLite's file
// locking: it ends with the process, however that ends, so there is no stale lock to clear.
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { TesseraError } from '@tessera/domain';

const fileName = 'in-use.lock';

/** Locks a folder; the result unlocks it. @throws TesseraError conflict if another process, or this one, has it. */
export function lockFolder(folder: string): () => void {
  const file = new DatabaseSync(join(folder, fileName));
  try {
    file.exec('PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (!/locked|busy/i.test((error as Error).message)) throw error;
    throw new TesseraError('conflict', 'Another Tessera process uses this state folder. Stop it, or start with a folder of its own (--state DIR, or --temp).', {}, { cause: error });
  }
  return () => file.close();
}
