import { close, constants, fstat, lstat, open, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import { LRUCache } from 'lru-cache';

const openFile = promisify(open);
const statFile = promisify(lstat);
const statOpenFile = promisify(fstat) as (fd: number) => Promise<Stats>;

/** How long an open file is taken for the one its path names. */
const trustedForMs = 1000;

/** An open descriptor and what is known of the file; closed when it is dropped and nobody reads. */
export class OpenFile {
  readonly fd: number;
  /** As of the last look. */
  stats: Stats;
  byteLength: number;
  checkedAtMs: number;
  /** When it was last read to its end. */
  readAtMs = -Infinity;
  #readers = 0;
  #dropped = false;

  constructor(fd: number, stats: Stats) {
    this.fd = fd;
    this.stats = stats;
    this.byteLength = stats.size;
    this.checkedAtMs = performance.now();
  }

  isOf(stats: Stats): boolean {
    return stats.ino === this.stats.ino && stats.dev === this.stats.dev;
  }

  note(stats: Stats): void {
    this.stats = stats;
    this.byteLength = stats.size;
    this.checkedAtMs = performance.now();
  }

  /** False if it was closed meanwhile: its number may be another file's by now. */
  acquire(): boolean {
    if (this.#dropped && this.#readers === 0) return false;
    this.#readers++;
    return true;
  }

  release(): void {
    this.#readers--;
    this.#closeIfIdle();
  }

  drop(): void {
    this.#dropped = true;
    this.#closeIfIdle();
  }

  async refreshByteLength(): Promise<void> {
    this.byteLength = (await statOpenFile(this.fd)).size;
  }

  #closeIfIdle(): void {
    if (this.#dropped && this.#readers === 0) close(this.fd, () => undefined);
  }
}

/** Files kept open between reads, by path. A file replaced or removed under its path is noticed within a second. */
export class OpenFiles {
  readonly #files: LRUCache<string, OpenFile>;
  readonly #opening = new Map<string, Promise<OpenFile | undefined>>();

  constructor(maxOpenFiles: number) {
    this.#files = new LRUCache({ max: maxOpenFiles, dispose: (file) => file.drop() });
  }

  /**
   * Runs `use` with the file open; undefined if it is no regular file. Node's system errors pass through.
   * @param looksAfter the caller finds out itself whether it was the right file, and `note`s what it saw
   */
  async with<Result>(path: string, use: (file: OpenFile) => Promise<Result>, looksAfter = false): Promise<Result | undefined> {
    const cached = this.#files.get(path);
    const isTrusted = cached && (looksAfter || performance.now() - cached.checkedAtMs < trustedForMs);
    const file = isTrusted ? cached : await this.#openOnce(path, cached);
    if (!file) return undefined;
    if (!file.acquire()) return this.with(path, use, looksAfter);
    try {
      return await use(file);
    } finally {
      file.release();
    }
  }

  /** What somebody saw at the path just now: another file than the open one is opened anew, the same one is trusted again. */
  note(path: string, stats: Stats | undefined): void {
    const cached = this.#files.peek(path);
    if (!cached) return;
    if (stats && cached.isOf(stats)) cached.note(stats);
    else this.#files.delete(path);
  }

  /** Closes what nobody reads; the rest when its readers are done. */
  clear(): void {
    this.#files.clear();
  }

  #openOnce(path: string, cached: OpenFile | undefined): Promise<OpenFile | undefined> {
    const opening = this.#opening.get(path);
    if (opening) return opening;
    const started = this.#open(path, cached).finally(() => this.#opening.delete(path));
    this.#opening.set(path, started);
    return started;
  }

  async #open(path: string, cached: OpenFile | undefined): Promise<OpenFile | undefined> {
    if (cached) {
      const stats = await statFile(path).catch(() => undefined);
      if (stats && cached.isOf(stats) && this.#files.get(path) === cached) {
        cached.note(stats);
        return cached;
      }
      this.#files.delete(path);
    }
    // NONBLOCK: opening a named pipe must not wait for a writer. NOFOLLOW: links were resolved before.
    const fd = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await statOpenFile(fd);
    const file = new OpenFile(fd, stats);
    if (!stats.isFile()) {
      file.drop();
      return undefined;
    }
    this.#files.set(path, file);
    return file;
  }
}
