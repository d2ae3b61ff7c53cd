import { TesseraError, type ByteStore, type Call } from '@tessera/domain';
import { unsupported } from './damage.ts';
import { findFile } from './external-file.ts';
import { Hdf5File } from './hdf5-file.ts';
import { maxExternalFiles, maxLinkTraversals } from './limits.ts';
import { readLinks } from './links.ts';
import type { LinkTarget } from './messages/link.ts';
import { readObjectHeader } from './object-header.ts';

/** An object header, in whatever file it is. */
export interface ObjectPlace {
  readonly file: Hdf5File;
  readonly address: number;
}

/** Names of the last groups looked into; soft links tend to lead into the same one. */
const maxCachedGroups = 16;
/** Each holds a cache of blocks. */
const maxOpenFiles = 8;

/** Follows links, through soft and external ones, to objects. */
export class LinkResolver {
  readonly #store: ByteStore;
  readonly #call: Call | undefined;
  readonly #files = new Map<string, Hdf5File>();
  readonly #groups = new Map<string, ReadonlyMap<string, LinkTarget>>();
  #openedFiles = 0;

  constructor(store: ByteStore, call?: Call) {
    this.#store = store;
    this.#call = call;
  }

  /**
   * The object a link of the group at `group` leads to.
   * @throws TesseraError not_found if it leads nowhere, gone if what it leads through cannot be read,
   *   permission_denied if that is not served.
   */
  async follow(group: ObjectPlace, target: LinkTarget, hops = 0): Promise<ObjectPlace> {
    if (hops > maxLinkTraversals) throw unsupported('The link leads through too many other links');
    switch (target.kind) {
      case 'hard':
        return { file: group.file, address: target.address };
      case 'soft':
        return this.lookup(group, target.path, hops + 1);
      case 'external': {
        const file = await this.#openExternal(group.file, target.fileName);
        return this.lookup({ file, address: file.superblock.rootAddress }, target.path, hops + 1);
      }
      case 'other':
        throw unsupported('The link is of a kind that only the program which made it can follow');
    }
  }

  /** The object at a path from a group; a leading slash starts at the file's root. */
  async lookup(group: ObjectPlace, path: string, hops = 0): Promise<ObjectPlace> {
    let place = path.startsWith('/') ? { file: group.file, address: group.file.superblock.rootAddress } : group;
    for (const name of path.split('/')) {
      if (name === '' || name === '.') continue;
      const target = (await this.#linksOf(place)).get(name);
      if (!target) throw new TesseraError('not_found', `The link leads to "${path}", which is not there.`);
      place = await this.follow(place, target, hops);
    }
    return place;
  }

  async #linksOf(group: ObjectPlace): Promise<ReadonlyMap<string, LinkTarget>> {
    const key = keyOf(group);
    const known = this.#groups.get(key);
    if (known) return known;
    const links = await readLinks(group.file, await readObjectHeader(group.file, group.address));
    const byName = new Map(links.map((link) => [link.name, link]));
    this.#groups.set(key, byName);
    if (this.#groups.size > maxCachedGroups) this.#groups.delete(this.#groups.keys().next().value!);
    return byName;
  }

  async #openExternal(from: Hdf5File, fileName: string): Promise<Hdf5File> {
    const entry = await findFile(this.#store, from.uri, fileName, this.#call);
    if (entry.uri === from.uri) return from;
    const known = this.#files.get(entry.uri);
    if (known) return known;
    if (++this.#openedFiles > maxExternalFiles) throw unsupported('The links of the file lead to too many other files');
    const file = await Hdf5File.open(entry, this.#store, this.#call);
    this.#files.set(entry.uri, file);
    if (this.#files.size > maxOpenFiles) this.#files.delete(this.#files.keys().next().value!);
    return file;
  }
}

/** Names an object across files. */
export function keyOf({ file, address }: ObjectPlace): string {
  return `${address}@${file.uri}`;
}
