import { isTesseraError, type ByteStore, type Call, type Entry, type Format } from '@tessera/domain';

/** Enough for every signature: the npy and HDF5 magic, Parquet's "PAR1", a first line of CSV. */
export const headByteLength = 4096;

/** The first format that takes a media type as its own; undefined if none does. */
export async function formatOfMediaType(mediaType: string, known: ReadonlyMap<string, () => Promise<Format>>): Promise<Format | undefined> {
  for (const load of known.values()) {
    const format = await load();
    if (format.mediaTypes.includes(mediaType)) return format;
  }
  return undefined;
}

/**
 * The first format that takes this file or folder, by its name and first bytes; if none does, the one that its name
 * promises, which then tells what is wrong with it; undefined if its name says nothing.
 */
export async function sniffFormat(entry: Entry, store: ByteStore, known: ReadonlyMap<string, () => Promise<Format>>, call?: Call): Promise<Format | undefined> {
  const head = entry.isDirectory ? new Uint8Array() : await store.read(entry.uri, { byteOffset: 0, byteLength: headByteLength }, call);
  if (!head) return undefined;
  for (const load of known.values()) {
    const format = await load();
    if (await takes(format, entry, head, store)) return format;
  }
  return entry.isDirectory ? undefined : promisedFormat(entry, known);
}

async function promisedFormat({ uri }: Entry, known: ReadonlyMap<string, () => Promise<Format>>): Promise<Format | undefined> {
  const name = uri.toLowerCase();
  for (const load of known.values()) {
    const format = await load();
    if (format.suffixes?.some((suffix) => name.endsWith(suffix))) return format;
  }
  return undefined;
}

async function takes(format: Format, entry: Entry, head: Uint8Array, store: ByteStore): Promise<boolean> {
  try {
    return await format.sniff(entry, head, store);
  } catch (error) {
    // A file that no longer is there, or may not be read, is nobody's; other failures are the store's and must be seen.
    if (isTesseraError(error, 'not_found') || isTesseraError(error, 'gone')) return false;
    throw error;
  }
}
