import { TesseraError, isTesseraError, type ByteStore, type Call, type ChunkRef, type CodecLoaders, type Entry, type VersionedByteStore } from '@tessera/domain';
import type { CodecPool } from '@tessera/codecs';
import type { SourceCheck } from '@tessera/storage';
import type { ByteGate } from './byte-gate.ts';
import type { DecodedCache } from './decoded-cache.ts';

/** What all arrays of a reader get their chunks from and through. */
export interface ChunkSources {
  readonly store: VersionedByteStore;
  readonly cache: DecodedCache;
  readonly gate: ByteGate;
  /** Absent = the built-in ones. */
  readonly codecs?: CodecLoaders | undefined;
  /** Decodes what is large; absent = all is decoded in this thread. */
  readonly pool?: CodecPool | undefined;
  readonly sources: SourceCheck;
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

/**
 * Reads a chunk. One whose file is not among the sources of its manifest is looked at here, after it was read: of an array
 * of many files a read looks at those that it touches.
 * @throws TesseraError stale or gone as a `SourceCheck`; gone if the file could not be indexed.
 */
export async function readChecked<Result>(sources: SourceCheck, ref: ChunkRef, call: Call | undefined, read: () => Promise<Result>): Promise<Result> {
  if (ref.kind !== 'range' || !ref.source) return read();
  const file = [ref.source];
  try {
    if (ref.problem !== undefined) throw new TesseraError('gone', ref.problem);
    const result = await read();
    await sources.confirm(file);
    return result;
  } catch (error) {
    // Bytes that make no sense may be those of a file that was replaced since: then that is the error.
    if (isTesseraError(error, 'gone')) await sources.check(file, { fresh: true, ...(call ? { call } : {}) });
    throw error;
  }
}
