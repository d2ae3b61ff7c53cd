import { isTesseraError } from '@tessera/domain';
import type { Hdf5File } from './hdf5-file.ts';
import { maxNodeCount } from './limits.ts';
import { readLinks } from './links.ts';
import { readObjectHeader } from './object-header.ts';

/**
 * Paths of a file's objects by address, for object references. The tree is walked
 * when the first reference is met; most files have none.
 */
export class ReferencePaths {
  readonly #file: Hdf5File;
  #paths: Promise<ReadonlyMap<number, string>> | undefined;

  constructor(file: Hdf5File) {
    this.#file = file;
  }

  async pathOf(address: number): Promise<string | undefined> {
    this.#paths ??= this.#walk();
    return (await this.#paths).get(address);
  }

  /** Breadth first, so that an object has its shortest path. Damaged groups are passed over. */
  async #walk(): Promise<ReadonlyMap<number, string>> {
    const root = this.#file.superblock.rootAddress;
    const paths = new Map([[root, '/']]);
    for (const [address, path] of paths) {
      try {
        for (const link of await readLinks(this.#file, await readObjectHeader(this.#file, address))) {
          if (link.kind === 'hard' && !paths.has(link.address) && paths.size < maxNodeCount) paths.set(link.address, `${path === '/' ? '' : path}/${link.name}`);
        }
      } catch (error) {
        if (!isTesseraError(error, 'gone')) throw error;
      }
    }
    return paths;
  }
}
