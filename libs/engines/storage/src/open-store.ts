import { TesseraError, type VersionedByteStore } from '@tessera/domain';
import { FileStore } from './stores/file.ts';
import { HttpStore, type HttpStoreOptions } from './stores/http.ts';
import { RootGuard } from './stores/root-guard.ts';
import { S3Store, type S3StoreOptions } from './stores/s3.ts';
import { withCoalescing } from './wrappers/with-coalescing.ts';

export interface StoreOptions {
  /** Absolute paths of files and folders below which `file:` URIs may be read. */
  readonly roots: readonly string[];
  /** Objects that `s3:` URIs may name. Absent = none. */
  readonly s3?: S3StoreOptions;
  /** Files that `http:` and `https:` URIs may name. Absent = none. */
  readonly http?: HttpStoreOptions;
  /** Stores of other URI schemes, without the colon: `{ demo: … }`. */
  readonly stores?: Readonly<Record<string, VersionedByteStore>>;
  /** Most files kept open between reads. */
  readonly maxOpenFiles?: number;
  /** See `FileStoreOptions`. */
  readonly readsOnTheSpot?: boolean;
}

/** The one store of a process: chooses by URI scheme. */
export function openStore(options: StoreOptions): VersionedByteStore {
  const guard = new RootGuard(options.roots);
  const { maxOpenFiles, readsOnTheSpot = false } = options;
  const file = new FileStore(guard, { readsOnTheSpot, ...(maxOpenFiles === undefined ? {} : { maxOpenFiles }) });
  const s3 = options.s3 && withCoalescing(new S3Store(options.s3));
  const http = options.http && withCoalescing(new HttpStore(options.http));
  const stores = new Map<string, VersionedByteStore>(Object.entries({ ...options.stores, file, ...(s3 && { s3 }), ...(http && { http, https: http }) }));
  const storeOf = (uri: string): VersionedByteStore => {
    const scheme = uri.slice(0, Math.max(uri.indexOf(':'), 0)).toLowerCase();
    const store = stores.get(scheme);
    if (!store) throw new TesseraError('unsupported', `Data at URIs of scheme "${scheme}" cannot be read by this server.`, { scheme });
    return store;
  };
  return {
    read: async (uri, range, call) => storeOf(uri).read(uri, range, call),
    readSnapshot: async (uri, range, call) => storeOf(uri).readSnapshot(uri, range, call),
    stat: async (uri, call) => storeOf(uri).stat(uri, call),
    list: async function* (uri, call) {
      yield* storeOf(uri).list(uri, call);
    },
  };
}
