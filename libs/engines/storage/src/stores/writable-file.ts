import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { TesseraError, type WritableByteStore } from '@tessera/domain';
import { parseFileUri } from '../file-uri.ts';
import { FileStore, type FileStoreOptions } from './file.ts';
import { RootGuard } from './root-guard.ts';

/** A folder of our own, e.g. the state directory: readable like any, and written whole or not at all. */
export class WritableFileStore extends FileStore implements WritableByteStore {
  readonly #root: string;

  constructor(root: string, options: FileStoreOptions = {}) {
    super(new RootGuard([root]), options);
    this.#root = resolve(root);
  }

  /** Writes beside the place, syncs, then renames: a reader, or a crash, never meets half an object. */
  async put(uri: string, bytes: Uint8Array): Promise<void> {
    const path = this.#pathOf(uri);
    const temporary = `${path}.${randomBytes(6).toString('hex')}.part`;
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(temporary, 'wx');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw new TesseraError('unavailable', 'The server could not write to its storage: check free space and rights.', {}, { cause: error });
    }
  }

  /** Removing what is not there is no error. */
  async remove(uri: string): Promise<void> {
    const path = this.#pathOf(uri);
    try {
      await rm(path, { force: true, recursive: true });
    } catch (error) {
      throw new TesseraError('unavailable', 'The server could not remove from its storage.', {}, { cause: error });
    }
  }

  #pathOf(uri: string): string {
    const path = parseFileUri(uri);
    if (path.startsWith(this.#root + sep)) return path;
    throw new TesseraError('permission_denied', 'This file is outside the folder that this server may write.');
  }
}
