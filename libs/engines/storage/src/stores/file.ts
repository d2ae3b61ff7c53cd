import { isUtf8 } from 'node:buffer';
import { lstat, readdir } from 'node:fs/promises';
import { read as readCallback, type Stats } from 'node:fs';
import { join } from 'node:path';
import { TesseraError, type ByteRange, type ByteStore, type Call, type Entry } from '@tessera/domain';
import { childUri, parseFileUri } from '../file-uri.ts';
import { OpenFiles, type OpenFile } from './open-files.ts';
import type { RootGuard } from './root-guard.ts';

/** Most bytes of one read: what fs.read takes in one call. */
const readByteLimit = 2 ** 31 - 1;

/** How many entries of a folder are looked at together. */
const listConcurrency = 64;

export interface FileStoreOptions {
  readonly maxOpenFiles?: number;
}

/**
 * Files of this host, read-only, below the roots of a guard.
 * Entries of `list` that are links carry no facts: `stat` tells where they lead, or refuses.
 */
export class FileStore implements ByteStore {
  readonly #guard: RootGuard;
  readonly #openFiles: OpenFiles;

  constructor(guard: RootGuard, options: FileStoreOptions = {}) {
    this.#guard = guard;
    this.#openFiles = new OpenFiles(options.maxOpenFiles ?? 512);
  }

  async read(uri: string, range?: ByteRange, call?: Call): Promise<Uint8Array | undefined> {
    throwIfAborted(call);
    const path = parseFileUri(uri);
    return this.#atRealPath(path, (real) => this.#openFiles.with(real, (file) => readRange(file, range)));
  }

  async stat(uri: string, call?: Call): Promise<Entry | undefined> {
    throwIfAborted(call);
    const path = parseFileUri(uri);
    return this.#atRealPath(path, async (real) => {
      const stats = await lstat(real);
      if (stats.isSymbolicLink()) throw Object.assign(new Error('a link'), { code: 'ELOOP' });
      // Who goes on to read gets the file whose facts these are, not one that was there before.
      this.#openFiles.note(real, stats);
      return entryOf(uri, stats);
    });
  }

  async *list(uri: string, call?: Call): AsyncIterable<Entry> {
    throwIfAborted(call);
    const listing = await this.#atRealPath(parseFileUri(uri), async (real) => {
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

  /** Closes the files kept open. */
  close(): void {
    this.#openFiles.clear();
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

async function readRange(file: OpenFile, range: ByteRange | undefined): Promise<Uint8Array> {
  const start = range?.byteOffset ?? 0;
  const wanted = range?.byteLength ?? Infinity;
  if (!(start >= 0 && wanted >= 0 && Number.isSafeInteger(start))) {
    throw new TesseraError('invalid_argument', 'A byte range must start at a whole number of bytes.');
  }
  for (;;) {
    // One byte more than there should be tells by its absence that the length known was right, and spares
    // looking again, which costs as much as a small read.
    const expected = Math.max(0, file.byteLength - start);
    const bytes = await readUpTo(file, start, Math.min(wanted, expected + 1), Math.min(wanted, expected));
    if (wanted <= expected || bytes.byteLength <= expected) return bytes;
    await file.refreshByteLength();
  }
}

/** At most `byteLength` bytes; stops when it has `enough`, or at the end of the file. */
async function readUpTo(file: OpenFile, start: number, byteLength: number, enough = byteLength): Promise<Uint8Array> {
  if (byteLength > readByteLimit) throw new TesseraError('too_large', `At most ${readByteLimit} bytes can be read at once.`);
  // Not from Buffer's pool: typed arrays can then view the bytes in place.
  const bytes = Buffer.allocUnsafeSlow(byteLength);
  let done = 0;
  let count: number;
  do {
    count = await readOnce(file.fd, bytes, done, start + done);
    done += count;
  } while (count > 0 && done < enough);
  return done === byteLength ? bytes : bytes.subarray(0, done);
}

function readOnce(fd: number, bytes: Buffer, at: number, position: number): Promise<number> {
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
