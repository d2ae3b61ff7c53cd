import { TesseraError, type ByteStore, type Call, type Entry, type Source } from '@tessera/domain';
import { LRUCache } from 'lru-cache';

/** How long a source found unchanged counts as unchanged. */
const trustedForMs = 1000;

/** Tells whether the files of a manifest are still those that were indexed. */
export interface SourceCheck {
  /**
   * Free of I/O, and synchronous, for sources looked at within the last second; `fresh` looks again in any case.
   * @throws TesseraError stale if a source's length, time or etag differs from what was indexed; gone if it is not there.
   */
  check(sources: readonly Source[], options?: { readonly fresh?: boolean; readonly call?: Call }): void | Promise<void>;
}

export function createSourceCheck(store: ByteStore, maxSources = 10_000): SourceCheck {
  const seen = new LRUCache<string, Entry>({ max: maxSources, ttl: trustedForMs });
  const look = async (source: Source, call: Call | undefined): Promise<void> => {
    const entry = await store.stat(source.uri, call);
    if (!entry) {
      seen.delete(source.uri);
      throw new TesseraError('gone', 'The file that holds these data is no longer there.', { isMissing: true });
    }
    seen.set(source.uri, entry);
    compare(source, entry);
  };
  return {
    check(sources, options = {}) {
      const unknown: Source[] = [];
      for (const source of sources) {
        if (!isDescribed(source)) continue;
        const entry = options.fresh === true ? undefined : seen.get(source.uri);
        if (entry) compare(source, entry);
        else unknown.push(source);
      }
      if (unknown.length === 0) return;
      return Promise.all(unknown.map((source) => look(source, options.call))).then(() => undefined);
    },
  };
}

function isDescribed(source: Source): boolean {
  return source.byteLength !== undefined || source.modifiedAtMs !== undefined || source.etag !== undefined;
}

function compare(source: Source, entry: Entry): void {
  const differs = (indexed: unknown, found: unknown) => indexed !== undefined && found !== undefined && indexed !== found;
  if (differs(source.byteLength, entry.byteLength) || differs(source.modifiedAtMs, entry.modifiedAtMs) || differs(source.etag, entry.etag)) {
    throw new TesseraError('stale', 'The file that holds these data has changed since it was indexed. It is being indexed anew: try again.');
  }
}
