import { isOtherSource, sourceOf, staleSource, type ByteStore, type Entry, type ReadRange, type Source, type VersionedByteStore } from '@tessera/domain';
import { LRUCache } from 'lru-cache';

/** Objects of one file or folder that are remembered while it is indexed. */
const maxSeen = 200_000;

/** Whether reads of a source, through `withExpected`, themselves tell that it has not changed: no look is needed after them. */
export function isToldByReads(source: Source): boolean {
  return isRemoteUri(source.uri) && (source.byteLength !== undefined || source.modifiedAtMs !== undefined || source.etag !== undefined);
}

/** Reads of these sources get the bytes of what was indexed, or fail as `stale`. The store itself if that is not for it to tell. */
export function withExpected(store: VersionedByteStore, sources: readonly Source[]): VersionedByteStore {
  const expected = new Map(sources.filter(isToldByReads).map((source) => [source.uri, source]));
  if (expected.size === 0) return store;
  const expectedOf = (uri: string) => expected.get(uri);
  return { ...expecting(store, expectedOf), readSnapshot: (uri, range, call) => store.readSnapshot(uri, rangeOf(expectedOf(uri), range), call) };
}

/** A store for the time in which one file is indexed: what it has once seen of an object must hold for all reads that follow. */
export interface SteadyStore extends ByteStore {
  /** The same source, or asset, with all that was seen of it. */
  completed<Kind extends Source>(source: Kind): Kind;
}

/** Every object of a remote store is read as it was when it was first looked at. @throws TesseraError stale from reads, if it is not. */
export function withSteadySources(store: ByteStore): SteadyStore {
  // Not `max`: a cache of a known number of entries takes the room for all of them at once, for every file.
  const seen = new LRUCache<string, Source>({ maxSize: maxSeen, sizeCalculation: () => 1 });
  const note = (entry: Entry | undefined): void => {
    if (!entry || entry.isDirectory || !isRemoteUri(entry.uri)) return;
    const source = sourceOf(entry);
    const before = seen.get(entry.uri);
    if (before && isOtherSource(before, source)) throw staleSource();
    seen.set(entry.uri, { ...before, ...source });
  };
  return {
    ...expecting(store, (uri) => seen.get(uri)),
    stat: async (uri, call) => {
      const entry = await store.stat(uri, call);
      note(entry);
      return entry;
    },
    list: async function* (uri, call) {
      for await (const entry of store.list(uri, call)) {
        note(entry);
        yield entry;
      }
    },
    completed: (source) => (seen.has(source.uri) ? { ...seen.get(source.uri), ...source } : source),
  };
}

function expecting(store: ByteStore, expectedOf: (uri: string) => Source | undefined): ByteStore {
  return {
    read: (uri, range, call) => store.read(uri, rangeOf(expectedOf(uri), range), call),
    stat: (uri, call) => store.stat(uri, call),
    list: (uri, call) => store.list(uri, call),
  };
}

function rangeOf(expected: Source | undefined, range: ReadRange | undefined): ReadRange | undefined {
  return expected ? { byteOffset: 0, ...range, expected } : range;
}

/** Whether a URI names an object of a server, of which every read gets what is there now. */
export function isRemoteUri(uri: string): boolean {
  return /^(?:s3|https?):/.test(uri);
}
