import { TesseraError, isTesseraError, type ByteStore, type Call, type DataSourceDraft, type Format, type IndexedNode, type NodePath } from '@tessera/domain';
import { childFolders, topFolder, type Folder } from './folders.ts';
import { foldFacts } from './fold-facts.ts';
import { markerNames, readMember, type Member } from './member.ts';

const mediaType = 'application/x-zarr';

/** Zarr v2 and v3 folders: a group with all below it, or a single array. */
export const zarrFormat: Format = {
  name: 'zarr',
  mediaTypes: [mediaType],

  async sniff(entry, _head, store) {
    if (!entry.isDirectory) return false;
    for (const name of markerNames) {
      const marker = await store.stat(`${entry.uri}/${name}`);
      if (marker && !marker.isDirectory) return true;
    }
    return false;
  },

  async *index(entry, store, _parameters, call) {
    const dataSource: DataSourceDraft = {
      mediaType,
      management: 'external',
      assets: [{ ...(await foldFacts(entry, store, call)), isDirectory: true, parameter: 'data_uri' }],
    };
    const top = await readMember(entry.uri, store, call);
    if (!top) throw new TesseraError('gone', 'This folder is not, or no longer, a zarr array or group.');
    yield { ...nodeOf([], top), dataSource };
    if (top.kind === 'group') yield* indexMembers(topFolder(entry), [], store, call);
  },

  fingerprint: foldFacts,
};

async function* indexMembers(group: Folder, path: NodePath, store: ByteStore, call: Call | undefined): AsyncIterable<IndexedNode> {
  for await (const child of childFolders(group, store, call)) {
    const childPath = [...path, child.name];
    let member: Member | undefined;
    try {
      if (child.problem !== undefined) throw new TesseraError('gone', child.problem);
      member = await readMember(child.uri, store, call);
    } catch (error) {
      yield problemNode(childPath, problemText(error));
      continue;
    }
    if (!member) continue;
    yield nodeOf(childPath, member);
    if (member.kind === 'group') yield* indexMembers(child, childPath, store, call);
  }
}

function nodeOf(path: NodePath, member: Member): IndexedNode {
  if (member.kind === 'group') return { path, structure: { family: 'container' }, metadata: member.metadata, specs: [] };
  const { manifest, metadata, dims } = member.array;
  const structure = { family: 'array', array: { dataType: manifest.dataType, ...manifest.grid, ...(dims ? { dims } : {}) } } as const;
  return { path, structure, metadata, specs: [], manifest };
}

function problemNode(path: NodePath, problem: string): IndexedNode {
  return { path, structure: { family: 'container' }, metadata: {}, specs: [], problem };
}

/** What is wrong with a part, for its node; failures of the store or the caller are not its fault. */
function problemText(error: unknown): string {
  if (isTesseraError(error) && !['cancelled', 'unavailable', 'deadline_exceeded', 'internal'].includes(error.code)) return error.message;
  throw error;
}
