import { stat } from 'node:fs/promises';
import { TesseraError } from '@tessera/domain';
import { isRemotePath, servedUri } from './served-path.ts';

/**
 * Looks whether local paths are there; of remote ones, the walk tells.
 * @throws TesseraError not_found that names every path which is not there, as it was given; invalid_argument for an address
 *   that cannot be served.
 */
export async function checkPaths(paths: readonly string[]): Promise<void> {
  paths.forEach(servedUri);
  const problems = await Promise.all(paths.filter((path) => !isRemotePath(path)).map(problemOf));
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new TesseraError('not_found', found.join('\n'));
}

async function problemOf(path: string): Promise<string | undefined> {
  try {
    await stat(path);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? `${path}: there is no right to look at it.` : `${path}: there is no such file or folder.`;
  }
}
