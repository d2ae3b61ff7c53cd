import { isTesseraError, type ByteStore, type Call, type Entry } from '@tessera/domain';

/** A hierarchy deeper than this is no hierarchy. */
const maxDepth = 64;

/** A folder on the way down a hierarchy. */
export interface Folder {
  readonly name: string;
  readonly uri: string;
  /** What the folders above are known by, and itself: a link to one of them would never end. */
  readonly identities: readonly string[];
  /** Why it cannot be looked into. */
  readonly problem?: string;
}

export function topFolder(entry: Entry): Folder {
  return { name: '', uri: entry.uri, identities: entry.etag === undefined ? [] : [entry.etag] };
}

/**
 * The folders directly in a group, by name, links to folders included. Left out
 * are hidden names, links to nowhere, and links back to a folder above.
 */
export async function* childFolders(group: Folder, store: ByteStore, call?: Call): AsyncIterable<Folder> {
  for await (const entry of store.list(group.uri, call)) {
    const name = nameOf(entry.uri);
    // The entry of a link carries no facts: only the store knows where it leads.
    const isLink = !entry.isDirectory && entry.modifiedAtMs === undefined && entry.byteLength === undefined;
    if ((!entry.isDirectory && !isLink) || name.startsWith('.')) continue;
    const folder = isLink ? await followLink(entry, store, call) : entry;
    if (typeof folder === 'string') {
      yield { name, uri: entry.uri, identities: [], problem: folder };
    } else if (folder?.isDirectory && !(folder.etag !== undefined && group.identities.includes(folder.etag))) {
      const identities = folder.etag === undefined ? group.identities : [...group.identities, folder.etag];
      const tooDeep = group.identities.length >= maxDepth ? { problem: 'This folder lies too deep.' } : {};
      yield { name, uri: entry.uri, identities, ...tooDeep };
    }
  }
}

/** Where a link leads; the reason if it leads out of what is served. */
async function followLink(entry: Entry, store: ByteStore, call?: Call): Promise<Entry | string | undefined> {
  try {
    return await store.stat(entry.uri, call);
  } catch (error) {
    if (isTesseraError(error, 'permission_denied')) return error.message;
    throw error;
  }
}

function nameOf(uri: string): string {
  const last = uri.slice(uri.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
