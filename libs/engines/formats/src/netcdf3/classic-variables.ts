import { TesseraError, checkKey, isTesseraError, sourceOf, type ByteStore, type Call, type Entry, type IndexedNode, type JsonObject, type Source } from '@tessera/domain';
import { withUsableMarks, type Variable } from '../netcdf/variable.ts';
import type { ClassicHeader, ClassicVariable } from './header.ts';
import { readHeader } from './read-header.ts';
import { RecordLayout } from './record-layout.ts';
import { variableManifest } from './variable-manifest.ts';

export interface ClassicFile {
  readonly source: Source;
  /** The file itself first, as a group; then its variables. */
  readonly found: readonly Variable[];
}

/**
 * All that is in a file of a classic format; a variable that cannot be read has a problem.
 * @throws TesseraError gone if its header cannot be read.
 */
export async function readClassic(entry: Entry, store: ByteStore, call?: Call): Promise<ClassicFile> {
  const source = await knownSource(entry, store, call);
  const header = await readHeader(source, store, call);
  const layout = new RecordLayout(header, source.byteLength);
  const attrs = objectOf(header.attributes);
  const root: IndexedNode = { path: [], structure: { family: 'container' }, metadata: {}, specs: [] };
  const found: Variable[] = [{ node: root, attrs, dimensionPaths: undefined, maxShape: [] }];
  for (const variable of header.variables) {
    if (!isKey(variable.name)) continue;
    const node = await nodeOf(variable, () => variableManifest(variable, layout.of(variable), source, store, call));
    found.push({ node, attrs: withUsableMarks(objectOf(variable.attributes), node), dimensionPaths: dimensionPaths(header, variable), maxShape: [] });
  }
  return { source, found };
}

async function knownSource(entry: Entry, store: ByteStore, call?: Call): Promise<Source & { readonly byteLength: number }> {
  const known = entry.byteLength === undefined ? await store.stat(entry.uri, call) : entry;
  if (known?.byteLength === undefined) throw new TesseraError('gone', 'The file is no longer there.');
  return { ...sourceOf(known), byteLength: known.byteLength };
}

async function nodeOf({ name }: ClassicVariable, manifestOf: () => ReturnType<typeof variableManifest>): Promise<IndexedNode> {
  const node = { path: [name], metadata: {}, specs: [] };
  try {
    const manifest = await manifestOf();
    return { ...node, structure: { family: 'array', array: { dataType: manifest.dataType, ...manifest.grid } }, manifest };
  } catch (error) {
    if (!isTesseraError(error, 'gone')) throw error;
    return { ...node, structure: { family: 'bytes' }, problem: error.message };
  }
}

function dimensionPaths({ dimensions }: ClassicHeader, { dimensionIds }: ClassicVariable): string[] {
  return dimensionIds.map((id) => `/${dimensions[id]!.name}`);
}

function objectOf(attributes: ClassicHeader['attributes']): JsonObject {
  return Object.fromEntries(attributes);
}

function isKey(name: string): boolean {
  try {
    checkKey(name);
    return true;
  } catch {
    return false;
  }
}
