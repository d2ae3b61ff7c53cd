import { readdir, readFile, stat } from 'node:fs/promises';
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
    const facts = await stat(fileURLToPath(uri)).catch(() => undefined);
    if (!facts) return undefined;
    return facts.isDirectory() ? { uri, isDirectory: true } : { uri, isDirectory: false, byteLength: facts.size, modifiedAtMs: facts.mtimeMs };
  },
  async *list(uri) {
    for (const name of (await readdir(fileURLToPath(uri))).sort()) yield (await this.stat(`${uri}/${encodeURIComponent(name)}`))!;
  },
};

/** URI of a file below `fixtures/`. */
export function fixtureUri(path: string): string {
  return new URL(`../../fixtures/${path}`, import.meta.url).href;
}
