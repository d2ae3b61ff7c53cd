import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ByteStore, Entry } from '@tessera/domain';

/** Files by their file: URI, read whole and cut: fixtures are small. */
export const fixtureStore: ByteStore = {
  async read(uri, range) {
    const bytes = await readFile(fileURLToPath(uri)).catch(() => undefined);
    if (!bytes || !range) return bytes;
    const end = range.byteLength === undefined ? undefined : range.byteOffset + range.byteLength;
    // An odd offset in its buffer, as ranges of real stores have.
    return Buffer.concat([Buffer.alloc(1), bytes.subarray(range.byteOffset, end)]).subarray(1);
  },
  async stat(uri): Promise<Entry | undefined> {
    const { size, mtimeMs } = await stat(fileURLToPath(uri));
    return { uri, isDirectory: false, byteLength: size, modifiedAtMs: mtimeMs };
  },
   
  async *list() {
    throw new Error('Fixtures are named, not listed.');
  },
};

/** URI of a file below `fixtures/`. */
export function fixtureUri(path: string): string {
  return new URL(`../../fixtures/${path}`, import.meta.url).href;
}
