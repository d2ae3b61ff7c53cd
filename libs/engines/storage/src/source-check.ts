import { setImmediate as endOfTurn } from 'node:timers/promises';
import { TesseraError, staleSource, type ByteStore, type Call, type Entry, type Source } from '@tessera/domain';
import { LRUCache } from 'lru-cache';

/** How long a source found unchanged counts as unchanged. */
const trustedForMs = 1000;

/** An array put together from many files is not held up by a look at each of them. */
const maxConfirmed = 16;

/** Tells whether the files of a manifest are still those that were indexed. */
export interface SourceCheck {
  /**
   * Free of I/O, and synchronous, for sources looked at within the last second; `fresh` looks again in any case.
   * A file that is being added to has not changed when it only grew, and one that was not there is not missed: unless `isLook` asks for that.
   * @throws TesseraError stale if a source's length, time or etag differs from what was indexed; gone if it is not there.
   */
  check(sources: readonly Source[], options?: { readonly fresh?: boolean; readonly isLook?: boolean; readonly call?: Call }): void | Promise<void>;
  /**
   * For after a read: the bytes are those that were indexed if the files are still as they were. A look at a file serves all
   * reads that ended before it began. Beyond `maxConfirmed` files what was seen within the last second counts.
   * @throws TesseraError as `check`.
   */
  confirm(sources: readonly Source[]): void | Promise<void>;
}

/** A look that is due or under way, and the one that those wait for who came too late for it. */
interface Look {
  readonly now: Promise<Entry | undefined>;
  hasBegun: boolean;
  next?: Promise<Entry | undefined>;
}

export function createSourceCheck(store: ByteStore, maxSources = 10_000): SourceCheck {
  const seen = new LRUCache<string, Entry>({ max: maxSources, ttl: trustedForMs, ttlResolution: 20 });
  const looks = new Map<string, Look>();
  const judge = (source: Source, entry: Entry | undefined, isLook = false): void => {
    if (source.isAbsent) {
      if (entry) throw staleSource();
      return;
    }
    if (!entry) {
      seen.delete(source.uri);
      throw new TesseraError('gone', 'The file that holds these data is no longer there.', { isMissing: true });
    }
    seen.set(source.uri, entry);
    if (differsFrom(source, entry, isLook)) {
      throw staleSource();
    }
  };
  const look = async (source: Source, isLook: boolean, call: Call | undefined): Promise<void> => judge(source, await store.stat(source.uri, call), isLook);
  const begin = (uri: string): Promise<Entry | undefined> => {
    const stat = (): Promise<Entry | undefined> => {
      own.hasBegun = true;
      return store.stat(uri);
    };
    // Reads of many clients end in the same turn of the event loop: one look at its end serves them all.
    const own: Look = { hasBegun: false, now: endOfTurn().then(stat).finally(() => { if (looks.get(uri) === own) looks.delete(uri); }) };
    looks.set(uri, own);
    return own.now;
  };
  const lookAfter = (uri: string): Promise<Entry | undefined> => {
    const running = looks.get(uri);
    if (!running) return begin(uri);
    if (!running.hasBegun) return running.now;
    return (running.next ??= running.now.then(() => begin(uri), () => begin(uri)));
  };
  return {
    check(sources, options = {}) {
      const unknown: Source[] = [];
      for (const source of sources) {
        if (source.isAbsent && options.isLook) unknown.push(source);
        if (!isDescribed(source)) continue;
        const entry = options.fresh === true ? undefined : seen.get(source.uri);
        // What differs from what was seen may have been indexed since.
        if (!entry || differsFrom(source, entry, options.isLook)) unknown.push(source);
      }
      if (unknown.length === 0) return;
      return Promise.all(unknown.map((source) => look(source, options.isLook ?? false, options.call))).then(() => undefined);
    },
    confirm(sources) {
      if (sources.length > maxConfirmed) return this.check(sources);
      const described = sources.filter(isDescribed);
      if (described.length > 0) return Promise.all(described.map(async (source) => judge(source, await lookAfter(source.uri)))).then(() => undefined);
    },
  };
}

function isDescribed(source: Source): boolean {
  return source.byteLength !== undefined || source.modifiedAtMs !== undefined || source.etag !== undefined;
}

function differsFrom(source: Source, entry: Entry, isLook = false): boolean {
  if (source.isAppended && !isLook && hasGrown(source, entry)) return false;
  const differs = (indexed: unknown, found: unknown) => indexed !== undefined && found !== undefined && indexed !== found;
  return differs(source.byteLength, entry.byteLength) || differs(source.modifiedAtMs, entry.modifiedAtMs) || differs(source.etag, entry.etag);
}

/** Whether a file may be what it was, and more. */
function hasGrown({ byteLength = 0, modifiedAtMs = 0 }: Source, entry: Entry): boolean {
  return (entry.byteLength ?? 0) >= byteLength && (entry.modifiedAtMs ?? 0) >= modifiedAtMs;
}
