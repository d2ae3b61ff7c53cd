import { TesseraError, isTesseraError, type DataSourceDraft, type Entry, type Format, type IndexedNode, type JsonObject } from '@tessera/domain';
import { Hdf5File } from './hdf5-file.ts';
import { LinkResolver } from './resolve-link.ts';
import { isSignatureAt, superblockOffsets } from './superblock.ts';
import { Tree } from './tree.ts';

const hdf5MediaType = 'application/x-hdf5';
const netcdfMediaType = 'application/x-netcdf';
const extensions = ['.h5', '.hdf5', '.nxs', '.nx', '.nx5', '.hdf', '.nc'];
/** Options of other readers that say how to open the file: there is nothing to do for them here. */
const ignoredParameters = ['swmr', 'libver', 'locking'];

/** HDF5 files: NeXus, netCDF-4 and all others. */
export const hdf5Format: Format = {
  name: 'hdf5',
  mediaTypes: [hdf5MediaType, netcdfMediaType],

  async sniff(entry, head, store) {
    if (entry.isDirectory) return false;
    for (const offset of superblockOffsets(entry.byteLength ?? head.byteLength)) {
      if (offset + 8 <= head.byteLength) {
        if (isSignatureAt(head, offset)) return true;
        continue;
      }
      // A large user block is worth further reads only where the name says HDF5.
      if (!extensions.some((extension) => entry.uri.toLowerCase().endsWith(extension))) return false;
      const bytes = await store.read(entry.uri, { byteOffset: offset, byteLength: 8 });
      if (bytes && isSignatureAt(bytes, 0)) return true;
    }
    return false;
  },

  async *index(entry, store, parameters, call) {
    const datasetPath = parseParameters(parameters);
    const file = await Hdf5File.open(entry, store, call);
    const links = new LinkResolver(store, call);
    const root = { file, address: file.superblock.rootAddress };
    const start = await links.lookup(root, datasetPath).catch((error: unknown) => {
      if (!isTesseraError(error, 'not_found')) throw error;
      throw new TesseraError('gone', `The file has no group or dataset "${datasetPath}" that can be read.`, {}, { cause: error });
    });
    const tree = new Tree({ store, links, withDimensionNames: isNetcdf(entry), call });
    let dataSource: DataSourceDraft | undefined = dataSourceOf(entry, file, datasetPath);
    for await (const node of tree.nodesOf(start)) {
      yield dataSource ? ({ ...node, dataSource } satisfies IndexedNode) : node;
      dataSource = undefined;
    }
    if (dataSource) throw new TesseraError('gone', `"${datasetPath}" is neither a group nor a dataset.`);
  },
};

function isNetcdf(entry: Entry): boolean {
  return entry.uri.toLowerCase().endsWith('.nc');
}

/** The path inside the file to start at. @throws TesseraError unprocessable for a parameter that is not understood. */
function parseParameters(parameters: Readonly<Record<string, unknown>>): string {
  for (const [name, value] of Object.entries(parameters)) {
    const isKnown = name === 'dataset' || ignoredParameters.includes(name) || ((name === 'squeeze' || name === 'slice') && !value);
    if (!isKnown) throw new TesseraError('unprocessable', `HDF5 files are not read with the parameter "${name}"; use "dataset".`);
  }
  const dataset = parameters['dataset'] ?? '';
  if (typeof dataset === 'string') return dataset;
  if (Array.isArray(dataset) && dataset.every((part) => typeof part === 'string')) return dataset.join('/');
  throw new TesseraError('unprocessable', 'The parameter "dataset" must be a path inside the HDF5 file.');
}

function dataSourceOf(entry: Entry, file: Hdf5File, datasetPath: string): DataSourceDraft {
  const parameters: JsonObject = datasetPath === '' ? {} : { dataset: datasetPath };
  return {
    mediaType: isNetcdf(entry) ? netcdfMediaType : hdf5MediaType,
    parameters,
    management: 'external',
    assets: [{ ...file.source, isDirectory: false, parameter: 'data_uri' }],
  };
}
