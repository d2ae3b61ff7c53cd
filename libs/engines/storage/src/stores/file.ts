import { isUtf8 } from 'node:buffer';
import { lstat, readdir } from 'node:fs/promises';
import { read as readCallback, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { TesseraError, type Call, type Entry, type ReadRange, type Snapshot, type VersionedByteStore } from '@tessera/domain';
import { LRUCache } from 'lru-cache';
import { childUri, parseFileUri } from '../file-uri.ts';
import { FileLooks, knownForMs } from './file-looks.ts';
import { OpenFiles, type OpenFile } from './open-files.ts';
import type { RootGuard } from './root-guard.ts';

/** Most bytes of one read: what fs.read takes in one call. */
const readByteLimit = 2 ** 31 - 1;

/** So long may a file be that is read on the spot. */
const onTheSpotByteLimit = 256 * 1024;

/** How many entries of a folder are looked at together. */
const listConcurrency = 64;

const maxKnownPaths = 10_000;

/** How often a file is read again that changed while it was read. */
const maxSnapshotAttempts = 3;

export interface FileStoreOptions {
  readonly maxOpenFiles?: number;
  /** Whether short files of local disks that were read a moment ago are read without another thread: for a process that does little else. */
  readonly readsOnTheSpot?: boolean;
}

/**
 * Files of this host, read-only, below the roots of a guard.
 * Entries of `list` that are links carry no facts: `stat` tells where they lead, or refuses.
 */
export class FileStore implements VersionedByteStore {
  readonly #guard: RootGuard;
  readonly #openFiles: OpenFiles;
  readonly #readsOnTheSpot: boolean;
  readonly #looks = new FileLooks();
  /** Of URIs: reading one out of its URI takes longer than the rest of a small read's bookkeeping. */
  readonly #paths = new LRUCache<string, string>({ max: maxKnownPaths });

  constructor(guard: RootGuard, options: FileStoreOptions = {}) {
    this.#guard = guard;
    this.#readsOnTheSpot = options.readsOnTheSpot ?? false;
    this.#openFiles = new OpenFiles(options.maxOpenFiles ?? 512);
  }

  async read(uri: string, range?: ReadRange, call?: Call): Promise<Uint8Array | undefined> {
    throwIfAborted(call);
    const path = this.#pathOf(uri);
    return this.#atRealPath(path, (real) => this.#openFiles.with(real, (file) => this.#readRange(file, range)));
  }

  async readSnapshot(uri: string, range?: ReadRange, call?: Call): Promise<Snapshot | undefined> {
    throwIfAborted(call);
    const path = this.#pathOf(uri);
    return this.#atRealPath(path, (real) => this.#readAsItIs(uri, real, range));
  }

  async stat(uri: string, call?: Call): Promise<Entry | undefined> {
    throwIfAborted(call);
    const path = this.#pathOf(uri);
    return this.#atRealPath(path, async (real) => {
      const stats = await this.#look(real);
      return stats && entryWithVersion(uri, stats);
    });
  }

  async *list(uri: string, call?: Call): AsyncIterable<Entry> {
    throwIfAborted(call);
    const listing = await this.#atRealPath(this.#pathOf(uri), async (real) => {
      if ((await lstat(real)).isSymbolicLink()) throw Object.assign(new Error('a link'), { code: 'ELOOP' });
      return { real, names: (await readdir(real, { encoding: 'buffer' })).map(nameOf).sort(byText) };
    });
    if (!listing) return;
    for (let from = 0; from < listing.names.length; from += listConcurrency) {
      throwIfAborted(call);
      const names = listing.names.slice(from, from + listConcurrency);
      const entries = await Promise.all(names.map((name) => entryIn(listing.real, uri, name)));
      yield* entries.filter((entry) => entry !== undefined);
    }
  }

  #pathOf(uri: string): string {
    let path = this.#paths.get(uri);
    if (path === undefined) this.#paths.set(uri, (path = parseFileUri(uri)));
    return path;
  }

  /** Closes the files kept open. */
  close(): void {
    this.#openFiles.clear();
  }

  /** Who goes on to read gets the file whose facts these are, not one that was there before. */
  async #look(real: string): Promise<Stats | undefined> {
    const looked = this.#looks.look(real);
    const stats = looked instanceof Promise ? await looked : looked;
    if (stats?.isSymbolicLink()) throw Object.assign(new Error('a link'), { code: 'ELOOP' });
    this.#openFiles.note(real, stats);
    return stats;
  }

  /** Reads first and looks afterwards: if the file is then as it was at the last look, the bytes are of it. */
  async #readAsItIs(uri: string, real: string, range: ReadRange | undefined): Promise<Snapshot | undefined> {
    for (let attempt = 1; ; attempt++) {
      const read = await this.#openFiles.with(real, async (file) => ({ before: file.stats, bytes: await this.#readRange(file, range) }), true);
      const after = read && await this.#look(real);
      if (!after) return undefined;
      if (isSameState(read.before, after)) return { bytes: read.bytes, entry: entryWithVersion(uri, after)! };
      if (attempt < maxSnapshotAttempts) continue;
      if (read.before.ino === after.ino && read.before.dev === after.dev) return { bytes: read.bytes, entry: entryOf(uri, after)! };
      throw new TesseraError('unavailable', 'This file is being replaced again and again. Try again.');
    }
  }

  #readRange(file: OpenFile, range: ReadRange | undefined): Promise<Uint8Array> {
    const isInMemory = this.#readsOnTheSpot && file.byteLength <= onTheSpotByteLimit && performance.now() - file.readAtMs < knownForMs && this.#looks.isLocal(file.stats.dev);
    return readRange(file, range, isInMemory);
  }

  /** Runs `use` on the verified path, and again on what it leads to if it is a link; undefined if there is no such file. */
  async #atRealPath<Result>(path: string, use: (real: string) => Promise<Result>): Promise<Result | undefined> {
    try {
      const verified = this.#guard.verify(path);
      const real = typeof verified === 'string' ? verified : await verified;
      if (real === undefined) return undefined;
      try {
        return await use(real);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error;
      }
      const target = await this.#guard.verifyLink(path);
      return target === undefined ? undefined : await use(target);
    } catch (error) {
      return absentOrThrow(error);
    }
  }
}

function absentOrThrow(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT': case 'ENOTDIR': case 'EISDIR': case 'ENAMETOOLONG': case 'ELOOP': case 'ENXIO':
      return undefined;
    case 'EACCES': case 'EPERM':
      throw new TesseraError('permission_denied', 'The server has no right to read this file.', {}, { cause: error });
    case 'EIO': case 'ESTALE': case 'EMFILE': case 'ENFILE': case 'EAGAIN': case 'EBUSY': case 'ETIMEDOUT': case 'ENOMEM':
      throw new TesseraError('unavailable', 'The storage does not answer. Try again.', {}, { cause: error });
    default:
      throw error;
  }
}

async function readRange(file: OpenFile, range: ReadRange | undefined, isInMemory: boolean): Promise<Uint8Array> {
  const start = range?.byteOffset ?? 0;
  const wanted = range?.byteLength ?? Infinity;
  if (!(start >= 0 && wanted >= 0 && Number.isSafeInteger(start))) {
    throw new TesseraError('invalid_argument', 'A byte range must start at a whole number of bytes.');
  }
  for (;;) {
    // One byte more than there should be tells by its absence that the length known was right, and spares
    // looking again, which costs as much as a small read.
    const expected = Math.max(0, file.byteLength - start);
    const bytes = await readUpTo(file, start, { byteLength: Math.min(wanted, expected + 1), enough: Math.min(wanted, expected), allocate: range?.allocate ?? allocate, isInMemory });
    if (start + bytes.byteLength >= file.byteLength) file.readAtMs = performance.now();
    if (wanted <= expected || bytes.byteLength <= expected) return bytes;
    await file.refreshByteLength();
  }
}

/** Not from Buffer's pool: typed arrays can then view the bytes in place. */
const allocate = (byteLength: number): Uint8Array => Buffer.allocUnsafeSlow(byteLength);

interface Wanted {
  readonly byteLength: number;
  /** No more is looked for. */
  readonly enough: number;
  readonly allocate: (byteLength: number) => Uint8Array;
  readonly isInMemory: boolean;
}

/** At most `byteLength` bytes; stops when it has `enough`, or at the end of the file. */
async function readUpTo(file: OpenFile, start: number, wanted: Wanted): Promise<Uint8Array> {
  const { byteLength, enough, isInMemory } = wanted;
  if (byteLength > readByteLimit) throw new TesseraError('too_large', `At most ${readByteLimit} bytes can be read at once.`);
  const bytes = wanted.allocate(byteLength);
  let done = 0;
  let count: number;
  do {
    count = isInMemory ? readSync(file.fd, bytes, done, byteLength - done, start + done) : await readOnce(file.fd, bytes, done, start + done);
    done += count;
  } while (count > 0 && done < enough);
  return done === byteLength ? bytes : bytes.subarray(0, done);
}

function readOnce(fd: number, bytes: Uint8Array, at: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    readCallback(fd, bytes, at, bytes.byteLength - at, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

function entryOf(uri: string, stats: Stats): Entry | undefined {
  const identity = `${stats.dev.toString(16)}-${stats.ino.toString(16)}`;
  // Whole milliseconds: fractions do not survive every database.
  const modifiedAtMs = Math.floor(stats.mtimeMs);
  if (stats.isDirectory()) return { uri, isDirectory: true, modifiedAtMs, etag: identity };
  if (!stats.isFile()) return undefined;
  return { uri, isDirectory: false, byteLength: stats.size, modifiedAtMs, etag: identity };
}

function isSameState(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}

/** With all digits of the times: a file may be written anew within a millisecond. */
function entryWithVersion(uri: string, stats: Stats): Entry | undefined {
  const entry = entryOf(uri, stats);
  return entry && { ...entry, version: `${stats.ino}-${stats.size}-${stats.mtimeMs}-${stats.ctimeMs}` };
}

/** An entry's name; one that is not UTF-8 cannot be opened by its text, and is shown by its bytes, escaped as in a URI. */
interface Name {
  readonly text: string;
  readonly isText: boolean;
}

function nameOf(bytes: Buffer): Name {
  if (isUtf8(bytes)) return { text: bytes.toString(), isText: true };
  return { text: [...bytes].map((byte) => (byte > 0x20 && byte < 0x7f && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`)).join(''), isText: false };
}

function byText(a: Name, b: Name): number {
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
}

async function entryIn(folder: string, folderUri: string, { text, isText }: Name): Promise<Entry | undefined> {
  // As of a link, nothing is known of it; `stat` says why.
  if (!isText) return { uri: `${folderUri}/${text}`, isDirectory: false };
  const uri = childUri(folderUri, text);
  const stats = await lstat(join(folder, text)).catch(() => undefined);
  if (!stats) return undefined;
  return stats.isSymbolicLink() ? { uri, isDirectory: false } : entryOf(uri, stats);
}

function throwIfAborted(call: Call | undefined): void {
  if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The caller went away.');
}
