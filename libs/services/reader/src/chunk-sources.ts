import type { ByteStore, Call, CodecLoaders, Entry, VersionedByteStore } from '@tessera/domain';
import type { ByteGate } from './byte-gate.ts';
import type { DecodedCache } from './decoded-cache.ts';

/** What all arrays of a reader get their chunks from and through. */
export interface ChunkSources {
  readonly store: VersionedByteStore;
  readonly cache: DecodedCache;
  readonly gate: ByteGate;
  /** Absent = the built-in ones. */
  readonly codecs?: CodecLoaders | undefined;
}

/** An object as it is now. */
export interface SeenObject {
  readonly byteLength: number;
  /** Tells it from what was, or will be, under the same name; empty if the store cannot tell. */
  readonly version: string;
}

/** A look at an object, for chunks that may be written anew at any time; undefined if there is none. */
export async function lookAtObject(store: ByteStore, uri: string, call: Call | undefined): Promise<SeenObject | undefined> {
  const entry = await store.stat(uri, call);
  return !entry || entry.isDirectory ? undefined : { byteLength: entry.byteLength ?? 0, version: versionOf(entry) };
}

export function versionOf({ version = '' }: Entry): string {
  return version;
}
