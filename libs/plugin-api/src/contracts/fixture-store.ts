import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TesseraError, type ByteRange, type ByteStore, type Call, type Entry } from '@tessera/domain';

const scheme = 'fixture:/';

/** The files of a folder as `fixture:/NAME`, read as a server reads them; bytes that are put stand before them. */
export class FixtureStore implements ByteStore {
  readonly #folder: string;
  readonly #put = new Map<string, Uint8Array>();

  constructor(folder: string | URL) {
    this.#folder = typeof folder === 'string' && !folder.startsWith('file:') ? folder : fileURLToPath(folder);
  }

  /** The URI of a file by its path below the folder. */
  uri(name: string): string {
    return `${scheme}${name}`;
  }

  /** Bytes that stand for a file from now on. */
  put(name: string, bytes: Uint8Array): void {
    this.#put.set(this.uri(name), bytes);
  }

  async read(uri: string, range?: ByteRange, call?: Call): Promise<Uint8Array | undefined> {
    checkCall(call);
    const bytes = await this.#bytes(uri);
    if (!bytes || !range) return bytes;
    const { byteOffset, byteLength = bytes.byteLength } = range;
    if (!(byteOffset >= 0) || !(byteLength >= 0)) throw new TesseraError('invalid_argument', `A range of ${byteLength} bytes from ${byteOffset} on cannot be read.`);
    return bytes.subarray(byteOffset, byteOffset + byteLength);
  }

  async stat(uri: string, call?: Call): Promise<Entry | undefined> {
    checkCall(call);
    const put = this.#put.get(uri);
    if (put) return { uri, isDirectory: false, byteLength: put.byteLength, modifiedAtMs: 0 };
    const facts = await stat(this.#path(uri)).catch(() => undefined);
    if (!facts) return undefined;
    return facts.isDirectory() ? { uri, isDirectory: true } : { uri, isDirectory: false, byteLength: facts.size, modifiedAtMs: facts.mtimeMs };
  }

  async *list(uri: string, call?: Call): AsyncGenerator<Entry> {
    for (const name of (await readdir(this.#path(uri))).sort()) {
      const entry = await this.stat(`${uri.replace(/\/$/, '')}/${name}`, call);
      if (entry) yield entry;
    }
  }

  async #bytes(uri: string): Promise<Uint8Array | undefined> {
    const put = this.#put.get(uri);
    if (put) return put;
    const bytes = await readFile(this.#path(uri)).catch(() => undefined);
    return bytes && new Uint8Array(bytes);
  }

  /** Nothing outside of the folder is read, as in a server. */
  #path(uri: string): string {
    const name = uri.startsWith(scheme) ? uri.slice(scheme.length) : undefined;
    if (name === undefined || name.split('/').includes('..')) throw new TesseraError('permission_denied', `${uri} is not below the folder of fixtures.`);
    return join(this.#folder, name);
  }
}

function checkCall(call: Call | undefined): void {
  if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The caller went away.');
}
