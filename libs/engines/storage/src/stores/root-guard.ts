import { realpath } from 'node:fs/promises';
import { dirname, join, basename, resolve, sep } from 'node:path';
import { TesseraError } from '@tessera/domain';
import { LRUCache } from 'lru-cache';

/** How long a verified path counts: a link changed later is noticed after at most this long. */
const verifiedForMs = 1000;
const maxVerifiedPaths = 10_000;

/**
 * Keeps reads below the served roots, links resolved. Folders are verified once a
 * second, so a read costs no system call here; a last component that is a link
 * is left to `verifyLink`, whose caller opens with O_NOFOLLOW.
 */
export class RootGuard {
  readonly #roots: readonly string[];
  /** Real paths by path as asked for: of folders, and of links. */
  readonly #folders = new LRUCache<string, string>({ max: maxVerifiedPaths, ttl: verifiedForMs, ttlResolution: 20 });
  readonly #links = new LRUCache<string, string>({ max: maxVerifiedPaths, ttl: verifiedForMs, ttlResolution: 20 });
  /** Of files: as long as their folders count. */
  readonly #files = new LRUCache<string, string>({ max: maxVerifiedPaths, ttl: verifiedForMs, ttlResolution: 20 });
  #realRoots: { readonly paths: readonly string[]; readonly untilMs: number } = { paths: [], untilMs: 0 };

  constructor(roots: readonly string[]) {
    this.#roots = roots.map((root) => resolve(root));
  }

  /**
   * A path of the same file all of whose folders are real and below a root.
   * Undefined if the folder it lies in is not there. @throws TesseraError permission_denied.
   */
  verify(path: string): string | Promise<string | undefined> {
    const known = this.#files.get(path) ?? this.#links.get(path);
    if (known !== undefined) return known;
    const folder = this.#folders.get(dirname(path));
    if (folder === undefined) return this.#verifySlowly(path);
    const real = join(folder, basename(path));
    this.#files.set(path, real, { ttl: this.#folders.getRemainingTTL(dirname(path)) });
    return real;
  }

  /** The real path that a link leads to; undefined if it is broken. @throws TesseraError permission_denied if it leaves the roots. */
  async verifyLink(path: string): Promise<string | undefined> {
    const real = await realpathOf(path);
    if (real === undefined) return undefined;
    if (!(await this.#contains(real))) throw outside();
    this.#files.delete(path);
    this.#links.set(path, real);
    return real;
  }

  async #verifySlowly(path: string): Promise<string | undefined> {
    const folder = await realpathOf(dirname(path));
    if (folder === undefined) {
      // Say "absent" only of what would be inside: whether a path outside exists is nobody's business.
      await this.#checkAncestor(path);
      return undefined;
    }
    if (await this.#contains(folder)) {
      this.#folders.set(dirname(path), folder);
      return join(folder, basename(path));
    }
    // The path may itself be a root, whose folder is not served.
    const real = await realpathOf(path);
    if (real === undefined || !(await this.#contains(real))) throw outside();
    this.#links.set(path, real);
    return real;
  }

  async #checkAncestor(path: string): Promise<void> {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const real = await realpathOf(folder);
      if (real !== undefined) {
        if (await this.#contains(real)) return;
        throw outside();
      }
      if (folder === dirname(folder)) throw outside();
    }
  }

  async #contains(real: string): Promise<boolean> {
    const roots = await this.#resolveRoots();
    return roots.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep));
  }

  async #resolveRoots(): Promise<readonly string[]> {
    const nowMs = performance.now();
    if (this.#realRoots.untilMs > nowMs) return this.#realRoots.paths;
    const paths = (await Promise.all(this.#roots.map(realpathOf))).filter((path) => path !== undefined);
    this.#realRoots = { paths, untilMs: nowMs + verifiedForMs };
    return paths;
  }
}

async function realpathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG') return undefined;
    if (code === 'EACCES' || code === 'EPERM') throw outside();
    throw new TesseraError('unavailable', 'The storage does not answer. Try again.', {}, { cause: error });
  }
}

function outside(): TesseraError {
  return new TesseraError('permission_denied', 'This file is outside the folders that this server may read.');
}
