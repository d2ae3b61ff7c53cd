import { TesseraError, isTesseraError, sourceOf, type ArrayManifest, type ByteStore, type Call, type DataSourceDraft, type Entry, type Format, type IndexedNode, type NodePath } from '@tessera/domain';
import { ZipFile, isZip } from '../zip/zip-file.ts';
import { childFolders, topFolder, type Folder } from './folders.ts';
import { foldFacts } from './fold-facts.ts';
import { markerNames, readMember, type Member } from './member.ts';
import { ZipDocuments, rootOfZip, uriOf } from './zip-documents.ts';
import { ZippedArrays } from './zipped-array.ts';

const mediaType = 'application/x-zarr';

/** Names of zip files that may hold a hierarchy: others are not opened to look. */
const zipSuffixes = ['.zip', '.ozx'];

/** Zarr v2 and v3, in folders and zip files: a group with all below it, or a single array. */
export const zarrFormat: Format = {
  name: 'zarr',
  mediaTypes: [mediaType],
  suffixes: ['.zarr.zip', '.ozx'],

  async sniff(entry, head, store) {
    if (!entry.isDirectory) return isZip(head) && isZippedHierarchy(entry, store);
    for (const name of markerNames) {
      const marker = await store.stat(`${entry.uri}/${name}`);
      if (marker && !marker.isDirectory) return true;
    }
    return false;
  },

  async *index(entry, store, _parameters, call) {
    if (entry.isDirectory) {
      const dataSource = sourceAt({ ...(await foldFacts(entry, store, call)), isDirectory: true });
      yield* withDataSource(hierarchyNodes(topFolder(entry), { documents: store, locate: async (manifest) => manifest, call }), dataSource);
    } else {
      const zip = await ZipFile.open(entry, store, call);
      const arrays = new ZippedArrays(zip);
      const top = topFolder({ uri: uriOf(rootOfZip(zip) ?? ''), isDirectory: true });
      const nodes = hierarchyNodes(top, { documents: new ZipDocuments(zip, store), locate: (manifest) => arrays.locate(manifest), call });
      yield* withDataSource(nodes, sourceAt({ ...zip.source, isDirectory: false }));
    }
  },

  fingerprint: async (entry, store, call) => (entry.isDirectory ? foldFacts(entry, store, call) : sourceOf(entry)),
};

async function isZippedHierarchy(entry: Entry, store: ByteStore): Promise<boolean> {
  if (!zipSuffixes.some((suffix) => entry.uri.toLowerCase().endsWith(suffix))) return false;
  try {
    return rootOfZip(await ZipFile.open(entry, store)) !== undefined;
  } catch (error) {
    if (isTesseraError(error, 'gone')) return false;
    throw error;
  }
}

function sourceAt(asset: Omit<DataSourceDraft['assets'][number], 'parameter'>): DataSourceDraft {
  return { mediaType, management: 'external', assets: [{ ...asset, parameter: 'data_uri' }] };
}

async function* withDataSource(nodes: AsyncIterable<IndexedNode>, dataSource: DataSourceDraft): AsyncIterable<IndexedNode> {
  let isFirst = true;
  for await (const node of nodes) {
    yield isFirst ? { ...node, dataSource } : node;
    isFirst = false;
  }
}

/** How a hierarchy is read. */
interface Hierarchy {
  readonly documents: ByteStore;
  /** The manifest of an array by where its chunks really are. */
  readonly locate: (manifest: ArrayManifest) => Promise<ArrayManifest>;
  readonly call: Call | undefined;
}

async function* hierarchyNodes(folder: Folder, hierarchy: Hierarchy): AsyncIterable<IndexedNode> {
  const top = await readMember(folder.uri, hierarchy.documents, hierarchy.call);
  if (!top) throw new TesseraError('gone', 'This is not, or no longer, a zarr array or group.');
  yield await nodeOf([], top, hierarchy);
  if (top.kind === 'group') yield* memberNodes(folder, [], hierarchy);
}

async function* memberNodes(group: Folder, path: NodePath, hierarchy: Hierarchy): AsyncIterable<IndexedNode> {
  const { documents, call } = hierarchy;
  for await (const child of childFolders(group, documents, call)) {
    const childPath = [...path, child.name];
    let node: IndexedNode;
    try {
      if (child.problem !== undefined) throw new TesseraError('gone', child.problem);
      const member = await readMember(child.uri, documents, call);
      if (!member) continue;
      node = await nodeOf(childPath, member, hierarchy);
    } catch (error) {
      yield problemNode(childPath, problemText(error));
      continue;
    }
    yield node;
    if (node.structure.family === 'container') yield* memberNodes(child, childPath, hierarchy);
  }
}

async function nodeOf(path: NodePath, member: Member, { locate }: Hierarchy): Promise<IndexedNode> {
  if (member.kind === 'group') return { path, structure: { family: 'container' }, metadata: member.metadata, specs: [] };
  const { metadata, dims } = member.array;
  const manifest = await locate(member.array.manifest);
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
