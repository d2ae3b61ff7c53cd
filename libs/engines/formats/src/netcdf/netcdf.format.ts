import type { Format } from '@tessera/domain';
import { dataSourceOf, openTree, type OpenTree } from '../hdf5/open-tree.ts';
import { hasSignature } from '../hdf5/superblock.ts';
import { datasetNodes } from './dataset-nodes.ts';
import { Dimensions } from './dimensions.ts';
import { LengthSettler } from './settle-lengths.ts';
import { isPlaceholder, readVariable, type Variable } from './variable.ts';

const mediaType = 'application/x-netcdf';
const extensions = ['.nc', '.nc4'];

/** netCDF-4: HDF5 files whose datasets are variables over named dimensions, shown as xarray's data sets. */
export const netcdfFormat: Format = {
  name: 'netcdf',
  mediaTypes: [mediaType],
  suffixes: extensions,

  async sniff(entry, head, store) {
    const isNamedSo = extensions.some((extension) => entry.uri.toLowerCase().endsWith(extension));
    return isNamedSo && !entry.isDirectory && hasSignature(entry, head, store);
  },

  async *index(entry, store, parameters, call) {
    const opened = await openTree(entry, store, parameters, { scalarShape: [], text: 'U' }, call);
    let isFirst = true;
    for (const node of datasetNodes(await readVariables(opened))) {
      yield isFirst ? { ...node, dataSource: dataSourceOf(opened, mediaType) } : node;
      isFirst = false;
    }
  },
};

/**
 * Everything in the file but bare dimensions. Only the whole file tells how long its dimensions
 * are and which variables are coordinates, so all is read before anything is given.
 */
async function readVariables(opened: OpenTree): Promise<Variable[]> {
  const found = await Array.fromAsync(opened.nodes);
  const dimensions = new Dimensions(found, opened.datasetPath);
  const lengths = new LengthSettler(dimensions);
  return found.filter(({ node }) => !isPlaceholder(node)).map((each) => lengths.settle(readVariable(each, dimensions)));
}
