import type { Source } from '../manifest/indexed-source.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ByteRange } from './reader.ts';
import type { Call } from './call.ts';

export interface Entry {
  readonly uri: string;
  readonly isDirectory: boolean;
  readonly byteLength?: number;
  readonly modifiedAtMs?: number;
  readonly etag?: string;
  /** Tells this state of an object from every other one under its name; absent if the store cannot tell. */
  readonly version?: string;
}

/** Bytes, and the object that they are of as it was when they were read. */
export interface Snapshot {
  readonly bytes: Uint8Array;
  readonly entry: Entry;
}

/** A range of an object that must still be what it was. */
export interface ReadRange extends ByteRange {
  /**
   * The object as it was when it was looked at. A store whose answers say what they are of (S3, HTTP) refuses the bytes of
   * another one as `stale`; others leave that to a look before and after.
   */
  readonly expected?: Source;
  /**
   * Where the bytes may be put, if the store needs memory of its own for them; asked for as many as there may be. What a
   * failed read got is not used any more only once its promise is settled.
   */
  readonly allocate?: (byteLength: number) => Uint8Array;
}

/** Bytes by URI: files, S3, HTTP, memory. */
export interface ByteStore {
  /**
   * The object or a range of it; undefined if there is no such object. A range past the end is cut short.
   * @throws TesseraError permission_denied outside the served roots, unavailable if the store fails, stale if the object
   *   is not the expected one.
   */
  read(uri: string, range?: ReadRange, call?: Call): Promise<Uint8Array | undefined>;
  /** Undefined if there is no such object. */
  stat(uri: string, call?: Call): Promise<Entry | undefined>;
  /** Direct children of a folder, sorted by name. */
  list(uri: string, call?: Call): AsyncIterable<Entry>;
}

/** A store that says which state of an object it read: for data that others may write while they are served. */
export interface VersionedByteStore extends ByteStore {
  /**
   * As `read`, with the facts of that very object: not of one that was under the name before, or came after.
   * Of an object that changes all the while, the entry has no version.
   */
  readSnapshot(uri: string, range?: ReadRange, call?: Call): Promise<Snapshot | undefined>;
}

export interface WritableByteStore extends ByteStore {
  /** Whole or not at all: a reader never sees half an object. */
  put(uri: string, bytes: Uint8Array, call?: Call): Promise<void>;
  remove(uri: string, call?: Call): Promise<void>;
}

/** Manifests, named by the hash of their bytes. */
export interface ManifestStore {
  /** Stores manifests together and names each. Manifests stored already keep their names. */
  put(manifests: readonly Manifest[], call?: Call): Promise<readonly string[]>;
  /** @throws TesseraError gone if there is none of that name. */
  get(id: string, call?: Call): Promise<Manifest>;
}
