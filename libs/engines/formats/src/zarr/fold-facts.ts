import { createHash } from 'node:crypto';
import { isTesseraError, sourceOf, type ByteStore, type Call, type Entry, type Source } from '@tessera/domain';
import { childFolders, topFolder, type Folder } from './folders.ts';
import { documentNames } from './member.ts';
import { readDocument } from './read-document.ts';

/**
 * The facts of a hierarchy as if it were one file: the newest time and a hash of
 * the lengths, times and tags of all metadata documents. Lists groups only: the chunks
 * of an array do not count, and may be millions.
 */
export async function foldFacts(entry: Entry, store: ByteStore, call?: Call): Promise<Source> {
  const hash = createHash('sha256');
  let newestMs = 0;
  const visit = async (folder: Folder): Promise<void> => {
    const found = await Promise.all(documentNames.map((name) => statQuietly(`${folder.uri}/${name}`, store, call)));
    documentNames.forEach((name, index) => {
      const document = found[index];
      if (!document) return;
      newestMs = Math.max(newestMs, document.modifiedAtMs ?? 0);
      const { byteLength = null, modifiedAtMs = null, etag } = sourceOf(document);
      hash.update(JSON.stringify([folder.uri.slice(entry.uri.length), name, byteLength, modifiedAtMs, ...(etag === undefined ? [] : [etag])]));
    });
    if (!(await isGroup(folder, found, store, call))) return;
    for await (const child of childFolders(folder, store, call)) if (child.problem === undefined) await visit(child);
  };
  await visit(topFolder(entry));
  return { uri: entry.uri, modifiedAtMs: newestMs, etag: hash.digest('hex').slice(0, 32) };
}

async function isGroup(folder: Folder, found: readonly (Entry | undefined)[], store: ByteStore, call?: Call): Promise<boolean> {
  const [v3, arrayV2, groupV2] = found;
  if (!v3) return arrayV2 === undefined && groupV2 !== undefined;
  // v3 has one name for the documents of groups and arrays.
  const document = await readDocument(folder.uri, 'zarr.json', store, call).catch((error: unknown) => {
    if (isTesseraError(error, 'gone')) return undefined;
    throw error;
  });
  return document?.document['node_type'] === 'group';
}

async function statQuietly(uri: string, store: ByteStore, call?: Call): Promise<Entry | undefined> {
  try {
    const entry = await store.stat(uri, call);
    return entry?.isDirectory === false ? entry : undefined;
  } catch (error) {
    if (isTesseraError(error, 'permission_denied')) return undefined;
    throw error;
  }
}
