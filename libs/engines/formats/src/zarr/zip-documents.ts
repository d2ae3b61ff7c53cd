import { inflateRawSync } from 'node:zlib';
import { TesseraError, type ByteStore, type Entry } from '@tessera/domain';
import { memberProblem, type ZipFile } from '../zip/zip-file.ts';
import type { ZipMember } from '../zip/read-directory.ts';
import { documentNames, markerNames } from './member.ts';

/** What stands for the zip file in URIs of what is in it. */
const scheme = 'zip:';

const maxFolderCount = 200_000;
const maxDepth = 64;

/** The metadata documents in a zip file, as a store of folders: those on the way to a document, and no others. */
export class ZipDocuments implements ByteStore {
  readonly #zip: ZipFile;
  readonly #store: ByteStore;
  /** Names of the folders in a folder, by its path. */
  readonly #folders = new Map<string, Set<string>>();

  constructor(zip: ZipFile, store: ByteStore) {
    this.#zip = zip;
    this.#store = store;
    for (const name of zip.members.keys()) if (isDocument(name)) this.#addFolders(name.split('/').slice(0, -1));
  }

  async read(uri: string, range?: { readonly byteLength?: number }): Promise<Uint8Array | undefined> {
    const member = this.#zip.members.get(nameOf(uri));
    if (!member) return undefined;
    const problem = memberProblem(member);
    if (problem !== undefined || member.byteLength > (range?.byteLength ?? Infinity)) throw new TesseraError('gone', problem ?? `"${member.name}" is too long.`);
    const [byteOffset] = await this.#zip.dataByteOffsets([member]);
    const bytes = await this.#store.read(this.#zip.source.uri, { byteOffset: byteOffset!, byteLength: member.storedByteLength });
    if (bytes?.byteLength !== member.storedByteLength) throw new TesseraError('gone', 'The zip file became shorter while it was read.');
    return member.method === 0 ? bytes : inflate(bytes, member);
  }

  async stat(uri: string): Promise<Entry | undefined> {
    const name = nameOf(uri);
    const member = this.#zip.members.get(name);
    if (member) return { uri, isDirectory: false, byteLength: member.byteLength };
    return this.#folders.has(name) ? { uri, isDirectory: true } : undefined;
  }

  async *list(uri: string): AsyncIterable<Entry> {
    const folder = nameOf(uri);
    for (const name of [...(this.#folders.get(folder) ?? [])].sort()) yield { uri: uriOf(folder === '' ? name : `${folder}/${name}`), isDirectory: true };
  }

  #addFolders(path: readonly string[]): void {
    if (path.length > maxDepth) return;
    for (let depth = path.length; depth >= 0; depth--) {
      const folder = path.slice(0, depth).join('/');
      const known = this.#folders.get(folder);
      if (!known) this.#folders.set(folder, new Set());
      if (this.#folders.size > maxFolderCount) throw new TesseraError('gone', `The zip file has more than ${maxFolderCount} groups and arrays; so many cannot be indexed.`);
      if (depth < path.length) this.#folders.get(folder)!.add(path[depth]!);
      // Whoever made this one made those above it.
      else if (known) return;
    }
  }
}

/** Where the hierarchy in a zip file begins: at its top, or in the one folder that holds it. Undefined if there is none. */
export function rootOfZip({ members }: ZipFile): string | undefined {
  const hasMarker = (folder: string) => markerNames.some((name) => members.has(folder + name));
  if (hasMarker('')) return '';
  const [first] = members.keys();
  const folder = first?.slice(0, first.indexOf('/') + 1) ?? '';
  return folder !== '' && hasMarker(folder) ? folder.slice(0, -1) : undefined;
}

/** The URI of a folder or member, by its name in the zip file. */
export function uriOf(name: string): string {
  return `${scheme}/${name.split('/').map(encodeURIComponent).join('/')}`.replace(/\/$/, '');
}

/** The name in the zip file that a URI stands for. */
export function nameOf(uri: string): string {
  return uri.slice(scheme.length + 1).split('/').map(decodeURIComponent).join('/');
}

function isDocument(name: string): boolean {
  return (documentNames as readonly string[]).includes(name.slice(name.lastIndexOf('/') + 1));
}

function inflate(bytes: Uint8Array, { name, byteLength }: ZipMember): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(byteLength, 1) });
  } catch (error) {
    throw new TesseraError('gone', `"${name}" in the zip file is damaged: it cannot be decompressed.`, {}, { cause: error });
  }
}
