import {
  checkGrid, elementCount, formatDescr, gridShape, parseDescr, sameDataType, structureFamilies, TesseraError,
  type ArrayManifest, type DataType, type IndexedNode, type Manifest,
} from '@tessera/domain';

const referenceForms = ['template', 'affine', 'table', 'series', 'inline', 'mosaic'];

/**
 * Checks a node as a format outside of this project describes it, so that a slip there is found when the file is
 * registered and not when it is read. @throws TesseraError unprocessable that says what does not fit.
 */
export function checkNode(node: IndexedNode, isFirst: boolean): IndexedNode {
  const { path, structure, metadata, specs, manifest, problem } = node;
  check(Array.isArray(path) && path.every((key) => typeof key === 'string' && key !== '' && !key.includes('/')), 'the path of a node is a list of keys, none of them empty and none with a slash');
  check(isFirst === (path.length === 0), 'the first node, and only that, has the empty path');
  check(structureFamilies.includes(structure?.family), `a structure has a family: ${structureFamilies.join(', ')}`);
  check(isObject(metadata), 'metadata are an object');
  check(Array.isArray(specs), 'specs are a list, which may be empty');
  check(problem === undefined || (typeof problem === 'string' && problem !== ''), 'a problem is a sentence');
  if (structure.family === 'array') {
    checkDataType(structure.array.dataType);
    asUnprocessable(() => checkGrid(structure.array));
    check(problem !== undefined || manifest?.kind === 'array', 'an array has a manifest of kind "array", or a problem');
  }
  if (manifest) checkManifest(manifest);
  if (structure.family === 'array' && manifest?.kind === 'array') {
    const { array } = structure;
    check(sameDataType(array.dataType, manifest.dataType) && sameGrid(array.shape, manifest.grid.shape), 'the structure and the manifest of an array have the same type and shape');
    check(array.dims === undefined || array.dims.length === array.shape.length, 'an array has one name an axis, or none');
  }
  return node;
}

function checkManifest(manifest: Manifest): void {
  check(Array.isArray(manifest.sources) && manifest.sources.every((source) => typeof source?.uri === 'string'), 'the sources of a manifest are the files that it points into, each with its URI');
  if (manifest.kind === 'array') checkArrayManifest(manifest);
}

function checkArrayManifest({ dataType, grid, edge, codecs, refs, fillValue }: ArrayManifest): void {
  checkDataType(dataType);
  asUnprocessable(() => checkGrid(grid));
  check(edge === 'padded' || edge === 'clipped', 'the edge of a manifest is "padded" or "clipped"');
  check(Array.isArray(codecs) && codecs.every((codec) => typeof codec?.name === 'string'), 'the codecs of a manifest are a list, each with its name');
  check(referenceForms.includes(refs?.form), `the refs of a manifest have a form: ${referenceForms.join(', ')}`);
  check(fillValue === undefined || fillValue.byteLength === dataType.itemsize, 'a fill value is the bytes of one element');
  const chunkCount = elementCount(gridShape(grid));
  if (refs.form === 'table') {
    check(refs.byteOffsets?.length === chunkCount && refs.byteLengths?.length === chunkCount, `a table of references has an entry for each of the ${chunkCount} chunks`);
    check(refs.byteOffsets.every((offset, ordinal) => offset === -1 || (isByteCount(offset) && isByteCount(refs.byteLengths[ordinal]!))), 'a chunk in a table of references has an offset and a length in bytes, or the offset -1');
    check(refs.uris.length > 0 && (refs.uriIndex === undefined ? refs.uris.length === 1 : refs.uriIndex.length === chunkCount && refs.uriIndex.every((index) => index < refs.uris.length)), 'a table of references tells for each chunk which URI it is in');
  }
  if (refs.form === 'affine') check([refs.byteOffset, refs.byteStride, refs.byteLength].every(isByteCount) && typeof refs.uri === 'string', 'affine references have a URI, and whole numbers of bytes');
  if (refs.form === 'inline') check(chunkCount <= 1, 'inline bytes are those of the only chunk');
}

function checkDataType(dataType: DataType): void {
  asUnprocessable(() => check(sameDataType(parseDescr(formatDescr(dataType)), dataType), 'the data type is none of NumPy'));
}

function sameGrid(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

function asUnprocessable(run: () => void): void {
  try {
    run();
  } catch (error) {
    throw new TesseraError('unprocessable', error instanceof Error ? error.message : String(error), {}, { cause: error });
  }
}

function check(holds: boolean, rule: string): void {
  if (!holds) throw new TesseraError('unprocessable', `A node is not described as it has to be: ${rule}.`);
}

const isByteCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
