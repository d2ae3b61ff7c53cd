import type { Format, IndexedNode } from '@tessera/domain';
import { dimensionNames } from './dimension-names.ts';
import { dataSourceOf, openTree } from './open-tree.ts';
import { hasSignature } from './superblock.ts';

const mediaType = 'application/x-hdf5';
const extensions = ['.h5', '.hdf5', '.nxs', '.nx', '.nx5', '.hdf', '.nc'];

/** HDF5 files: NeXus and all others. Those that follow netCDF-4 have a format of their own. */
export const hdf5Format: Format = {
  name: 'hdf5',
  mediaTypes: [mediaType],
  suffixes: extensions,

  async sniff(entry, head, store) {
    // A large user block is worth further reads only where the name says HDF5.
    const mayReadOn = extensions.some((extension) => entry.uri.toLowerCase().endsWith(extension));
    return !entry.isDirectory && hasSignature(entry, head, mayReadOn ? store : undefined);
  },

  async *index(entry, store, parameters, call) {
    const opened = await openTree(entry, store, parameters, { scalarShape: [1], text: 'S' }, call);
    let isFirst = true;
    for await (const { node: found } of opened.nodes) {
      const node = withDimensionNames(found, opened.datasetPath);
      yield isFirst ? { ...node, dataSource: dataSourceOf(opened, mediaType) } : node;
      isFirst = false;
    }
  },
};

/** `datasetPath` is where in the file the first node is. */
function withDimensionNames(node: IndexedNode, datasetPath: string): IndexedNode {
  if (node.structure.family !== 'array') return node;
  const { array } = node.structure;
  const key = node.path.at(-1) ?? datasetPath.split('/').findLast((part) => part !== '');
  const dims = dimensionNames(node.metadata, array.shape.length, key);
  return dims ? { ...node, structure: { family: 'array', array: { ...array, dims } } } : node;
}
