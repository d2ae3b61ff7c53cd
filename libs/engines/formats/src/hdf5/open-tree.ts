// A file, from the group or dataset that parameters name.
import { TesseraError, isTesseraError, type ByteStore, type Call, type DataSourceDraft, type Entry, type JsonObject } from '@tessera/domain';
import type { Conventions } from './dataset.ts';
import { Hdf5File } from './hdf5-file.ts';
import { LinkResolver } from './resolve-link.ts';
import { Tree, type FoundNode } from './tree.ts';

/** Options of other readers that say how to open the file: there is nothing to do for them here. */
const ignoredParameters = ['swmr', 'libver', 'locking'];

export interface OpenTree {
  readonly file: Hdf5File;
  /** Path inside the file of the first node, as it was asked for. */
  readonly datasetPath: string;
  /** At least one; parents first. */
  readonly nodes: AsyncIterable<FoundNode>;
}

/** @throws TesseraError unprocessable for parameters that are not understood, gone if the file or its part cannot be read. */
export async function openTree(entry: Entry, store: ByteStore, parameters: Readonly<Record<string, unknown>>, conventions: Conventions, call?: Call): Promise<OpenTree> {
  const datasetPath = parseParameters(parameters);
  const file = await Hdf5File.open(entry, store, call);
  const links = new LinkResolver(store, call);
  const root = { file, address: file.superblock.rootAddress };
  const start = await links.lookup(root, datasetPath).catch((error: unknown) => {
    if (!isTesseraError(error, 'not_found')) throw error;
    throw new TesseraError('gone', `The file has no group or dataset "${datasetPath}" that can be read.`, {}, { cause: error });
  });
  const tree = new Tree({ store, links, conventions, call });
  return { file, datasetPath, nodes: atLeastOne(tree.nodesOf(start), datasetPath) };
}

async function* atLeastOne(nodes: AsyncIterable<FoundNode>, datasetPath: string): AsyncGenerator<FoundNode> {
  let isEmpty = true;
  for await (const node of nodes) {
    isEmpty = false;
    yield node;
  }
  if (isEmpty) throw new TesseraError('gone', `"${datasetPath}" is neither a group nor a dataset.`);
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

/** Where the nodes come from, for the first of them. */
export function dataSourceOf({ file, datasetPath }: OpenTree, mediaType: string): DataSourceDraft {
  const parameters: JsonObject = datasetPath === '' ? {} : { dataset: datasetPath };
  const { isAppended: _, ...asset } = file.source;
  return { mediaType, parameters, management: 'external', assets: [{ ...asset, isDirectory: false, parameter: 'data_uri' }] };
}
