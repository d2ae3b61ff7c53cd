import { TesseraError, type ByteStore, type Call, type DataSourceDraft, type Entry, type Format, type IndexedNode } from '@tessera/domain';
import { dataSourceOf, openTree, type OpenTree } from '../hdf5/open-tree.ts';
import { hasSignature } from '../hdf5/superblock.ts';
import { readClassic } from '../netcdf3/classic-variables.ts';
import { isClassic } from '../netcdf3/header.ts';
import { datasetNodes } from './dataset-nodes.ts';
import { Dimensions } from './dimensions.ts';
import { LengthSettler } from './settle-lengths.ts';
import { isPlaceholder, readVariable, type Variable } from './variable.ts';

const mediaType = 'application/x-netcdf';
const extensions = ['.nc', '.nc4'];

/** netCDF, shown as xarray's data sets: the classic formats, and HDF5 files whose datasets are variables over named dimensions. */
export const netcdfFormat: Format = {
  name: 'netcdf',
  mediaTypes: [mediaType],
  suffixes: [...extensions, '.nc3'],

  async sniff(entry, head, store) {
    if (entry.isDirectory) return false;
    if (isClassic(head)) return true;
    return extensions.some((extension) => entry.uri.toLowerCase().endsWith(extension)) && hasSignature(entry, head, store);
  },

  async *index(entry, store, parameters, call) {
    const head = await store.read(entry.uri, { byteOffset: 0, byteLength: 4 }, call);
    if (head && isClassic(head)) yield* indexClassic(entry, store, parameters, call);
    else yield* indexHdf5(entry, store, parameters, call);
  },
};

async function* indexHdf5(entry: Entry, store: ByteStore, parameters: Readonly<Record<string, unknown>>, call?: Call): AsyncIterable<IndexedNode> {
  const opened = await openTree(entry, store, parameters, { scalarShape: [], text: 'U' }, call);
  yield* withDataSource(datasetNodes(await readVariables(opened)), dataSourceOf(opened, mediaType));
}

/** The classic formats have no groups: all variables are children of the file. */
async function* indexClassic(entry: Entry, store: ByteStore, parameters: Readonly<Record<string, unknown>>, call?: Call): AsyncIterable<IndexedNode> {
  const unknown = Object.entries(parameters).find(([name, value]) => name !== 'dataset' || (value !== '' && value !== '/'));
  if (unknown) throw new TesseraError('unprocessable', `Files of netCDF's classic formats are read as a whole: the parameter "${unknown[0]}" has no meaning for them.`);
  const { source, found } = await readClassic(entry, store, call);
  yield* withDataSource(datasetNodes(found), { mediaType, management: 'external', assets: [{ ...source, isDirectory: false, parameter: 'data_uri' }] });
}

function* withDataSource(nodes: Iterable<IndexedNode>, dataSource: DataSourceDraft): Iterable<IndexedNode> {
  let isFirst = true;
  for (const node of nodes) {
    yield isFirst ? { ...node, dataSource } : node;
    isFirst = false;
  }
}

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
