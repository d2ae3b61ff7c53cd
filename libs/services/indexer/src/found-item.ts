import { isTesseraError, sourceOf, type ByteStore, type Call, type Entry, type FileSeries, type Format, type Indexer, type NodePath, type Source } from '@tessera/domain';
import { formatOfMediaType } from '@tessera/formats';
import { uriName } from '@tessera/storage';
import type { KnownSources } from './known-sources.ts';

/** What an entry of a folder turns out to be. */
export type FoundItem =
  | { readonly kind: 'file'; readonly name: string; readonly entry: Entry; readonly facts: Source; /** Absent if it was indexed before and has not changed. */ readonly mediaType?: string; /** Why it could not even be looked at. */ readonly problem?: string }
  | { readonly kind: 'folder'; readonly name: string; readonly entry: Entry }
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'problem'; readonly name: string; readonly entry: Entry; readonly reason: string };

export interface ItemFinder {
  readonly store: ByteStore;
  readonly indexer: Indexer;
  readonly formats: ReadonlyMap<string, () => Promise<Format>>;
  readonly known: KnownSources;
  /** What was made of files at this path before. */
  readonly previousOf: (path: NodePath | undefined) => Promise<FileSeries['previous']>;
  readonly call: Call;
}

/** Looks at an entry of a folder: follows a link, opens a new or changed file as far as its type needs. */
export async function findItem(listed: Entry, finder: ItemFinder): Promise<FoundItem> {
  const name = uriName(listed.uri);
  try {
    const entry = isLink(listed) ? await finder.store.stat(listed.uri, finder.call) : listed;
    if (!entry) return { kind: 'problem', name, entry: listed, reason: 'It is a link to something that is not there.' };
    return entry.isDirectory ? await findFolder(name, entry, finder) : await findFile(name, entry, finder);
  } catch (error) {
    if (finder.call.signal?.aborted || !isTesseraError(error) || error.code === 'internal') throw error;
    // Where a link leads may not be told; of anything else it is known that it is there.
    if (isLink(listed)) return { kind: 'problem', name, entry: listed, reason: error.message };
    // Without its length and time among the facts it is tried again the next time.
    return { kind: 'file', name, entry: listed, facts: { uri: listed.uri }, problem: error.message };
  }
}

/** Stores say nothing of a link but that it is there. */
export function isLink(entry: Entry): boolean {
  return !entry.isDirectory && entry.byteLength === undefined && entry.modifiedAtMs === undefined;
}

async function findFile(name: string, entry: Entry, { indexer, known, call }: ItemFinder): Promise<FoundItem> {
  const facts = sourceOf(entry);
  if (known.isUnchanged(facts)) return { kind: 'file', name, entry, facts };
  const mediaType = await indexer.identify(entry.uri, false, call);
  return mediaType === undefined ? { kind: 'unknown', name } : { kind: 'file', name, entry, facts, mediaType };
}

/** A folder is one node if a format takes it; then the format says what makes it another one. */
async function findFolder(name: string, entry: Entry, { store, indexer, formats, call }: ItemFinder): Promise<FoundItem> {
  const mediaType = await indexer.identify(entry.uri, true, call);
  if (mediaType === undefined) return { kind: 'folder', name, entry };
  return { kind: 'file', name, entry, facts: await factsAs(mediaType, entry, { store, formats, call }), mediaType };
}

/** The facts of what is read as of this media type: the format knows which belong to a folder. */
export async function factsAs(mediaType: string, entry: Entry, { store, formats, call }: Pick<ItemFinder, 'store' | 'formats' | 'call'>): Promise<Source> {
  const format = await formatOfMediaType(mediaType, formats);
  return (await format?.fingerprint?.(entry, store, call)) ?? sourceOf(entry);
}
