import { lstat, lstatSync, statfs, type Stats } from 'node:fs';
import { LRUCache } from 'lru-cache';

/** How long a file counts as one that the system has in memory, after it was looked at or read. */
export const knownForMs = 10_000;
const maxKnownFiles = 10_000;

/**
 * File systems of disks of this host, by `f_type` (statfs(2)). On others, those of a network above all, any call may
 * hang for as long as a server is away.
 */
const localTypes = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x2fc12fc1, // zfs
  0xf2f52010, // f2fs
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
  0x73717368, // squashfs
  0xe0f5e1e2, // erofs
]);

/**
 * Looks at what lies at a path. A call handed to another thread costs as much as a small read, and a look goes with
 * every read: of a file of a local disk that was looked at lately, it is made on the spot.
 */
export class FileLooks {
  readonly #devices = new LRUCache<string, number>({ max: maxKnownFiles, ttl: knownForMs, ttlResolution: 20 });
  readonly #isLocal = new Map<number, boolean>();

  /** Links are not followed; undefined if there is nothing. Node's system errors pass through. */
  look(path: string): Stats | undefined | Promise<Stats | undefined> {
    const device = this.#devices.get(path);
    if (device === undefined || this.#isLocal.get(device) !== true) return this.#lookSlowly(path);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) this.#devices.delete(path);
    return stats;
  }

  /** Whether a device is a disk of this host, as far as is known. */
  isLocal(device: number): boolean {
    return this.#isLocal.get(device) === true;
  }

  async #lookSlowly(path: string): Promise<Stats | undefined> {
    const stats = await new Promise<Stats | undefined>((resolve, reject) => {
      lstat(path, (error, found) => (!error ? resolve(found) : error.code === 'ENOENT' ? resolve(undefined) : reject(error)));
    });
    if (!stats) return undefined;
    this.#devices.set(path, stats.dev);
    this.#learn(path, stats.dev);
    return stats;
  }

  /** Finds out, beside the work, what a device is. */
  #learn(path: string, device: number): void {
    if (this.#isLocal.has(device)) return;
    this.#isLocal.set(device, false);
    statfs(path, (error, { type } = { type: 0 } as never) => {
      if (error) this.#isLocal.delete(device);
      else this.#isLocal.set(device, localTypes.has(type >>> 0));
    });
  }
}
