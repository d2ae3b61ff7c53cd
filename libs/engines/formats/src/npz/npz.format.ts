import { isTesseraError, type Call, type DataSourceDraft, type Format, type IndexedNode } from '@tessera/domain';
import { ZipFile, isZip } from '../zip/zip-file.ts';
import { arrayManifest } from './array-manifest.ts';
import { memberPaths } from './member-paths.ts';

const mediaType = 'application/x-npz';

/** numpy's .npz: a zip file of npy files, a container of arrays. */
export const npzFormat: Format = {
  name: 'npz',
  mediaTypes: [mediaType],
  suffixes: ['.npz'],

  sniff: (entry, head) => !entry.isDirectory && isZip(head) && entry.uri.toLowerCase().endsWith('.npz'),

  async *index(entry, store, _parameters, call) {
    const zip = await ZipFile.open(entry, store, call);
    const dataSource: DataSourceDraft = { mediaType, management: 'external', assets: [{ ...zip.source, isDirectory: false, parameter: 'data_uri' }] };
    yield { ...containerAt([]), dataSource };
    for (const { path, member } of memberPaths(zip.members.values())) {
      yield member ? await arrayNode(zip, path, member, call) : containerAt(path);
    }
  },
};

function containerAt(path: readonly string[]): IndexedNode {
  return { path, structure: { family: 'container' }, metadata: {}, specs: [] };
}

async function arrayNode(zip: ZipFile, path: readonly string[], member: Parameters<typeof arrayManifest>[1], call?: Call): Promise<IndexedNode> {
  call?.signal?.throwIfAborted();
  try {
    const manifest = await arrayManifest(zip, member);
    return { path, structure: { family: 'array', array: { dataType: manifest.dataType, ...manifest.grid } }, metadata: {}, specs: [], manifest };
  } catch (error) {
    if (!isTesseraError(error, 'gone')) throw error;
    return { path, structure: { family: 'bytes' }, metadata: {}, specs: [], problem: error.message };
  }
}
