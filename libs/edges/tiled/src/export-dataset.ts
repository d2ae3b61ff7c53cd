// Variables of a dataset side by side as one table: clients fetch many small ones in one request.
import { makeBatch, writeIpcFile, type ColumnValues } from '@tessera/arrow';
import { elementCount, mintTicket, TesseraError, type ArrayStructure, type Call, type Catalog, type Node, type Principal, type Reader } from '@tessera/domain';
import { arrayToColumn } from './array-to-column.ts';
import { checkByteLength } from './parse-array-request.ts';

/** Media types of a dataset beside those of any container; the names of specs have formats of their own. */
export const datasetMediaTypes = ['application/vnd.apache.arrow.file'] as const;

export function isDataset(node: Node): boolean {
  return node.structure.family === 'container' && node.specs.some(({ name }) => name === 'xarray_dataset');
}

/** More variables are no table to read at once. */
const maxVariables = 500;

interface Variable {
  readonly name: string;
  readonly node: Node;
  readonly structure: ArrayStructure;
}

export interface DatasetRequest {
  readonly principal: Principal;
  readonly node: Node;
  /** Absent = all. */
  readonly fields: readonly string[] | undefined;
  readonly byteLimit: number;
  readonly call: Call;
}

/**
 * An Arrow file with a column for each variable.
 * @throws TesseraError not_acceptable if the variables do not fit side by side, too_large if they are too many bytes.
 */
export async function exportDataset(catalog: Catalog, reader: Reader, request: DatasetRequest): Promise<AsyncIterable<Uint8Array>> {
  const variables = await listVariables(catalog, request);
  checkSideBySide(variables);
  checkByteLength(variables.reduce((sum, { structure }) => sum + elementCount(structure.shape) * structure.dataType.itemsize, 0), request.byteLimit);
  const columns = new Map<string, ColumnValues>();
  for (const { name, node, structure } of variables) {
    const bytes = await readAll(reader, request, node, elementCount(structure.shape) * structure.dataType.itemsize);
    columns.set(name, arrayToColumn(name, structure.dataType, bytes));
  }
  const batch = makeBatch(columns);
  return writeIpcFile(batch.schema, (async function* () {
    yield batch;
  })());
}

async function listVariables(catalog: Catalog, { principal, node, fields, call }: DatasetRequest): Promise<Variable[]> {
  // Groups inside a data set are none of its variables; one that is named is a mistake to be told.
  const nodes = fields
    ? (await Promise.all(fields.map((field) => catalog.resolve(principal, [...node.path, field], undefined, call)))).map((resolved) => resolved.node)
    : (await catalog.children(principal, node.path, { page: { limit: maxVariables }, sort: [], readableOnly: true }, call)).items.filter((child) => child.structure.family === 'array');
  return nodes.map((each) => {
    const name = each.path.at(-1)!;
    if (each.structure.family !== 'array') throw new TesseraError('not_acceptable', `${name} is no array and cannot be a column of a table.`);
    return { name, node: each, structure: each.structure.array };
  });
}

function checkSideBySide(variables: readonly Variable[]): void {
  const [first] = variables;
  if (!first) throw new TesseraError('not_acceptable', 'This dataset has no variables to put into a table.');
  const deep = variables.find(({ structure: { shape } }) => shape.length > 1);
  if (deep) throw new TesseraError('not_acceptable', `${deep.name} has ${deep.structure.shape.length} axes and cannot be a column of a table.`);
  const other = variables.find(({ structure: { shape } }) => elementCount(shape) !== elementCount(first.structure.shape));
  if (!other) return;
  throw new TesseraError('not_acceptable', `The shapes of ${first.name} and ${other.name} do not fit side by side in a table; name fields of one axis and equal length.`);
}

async function readAll(reader: Reader, { principal, call }: DatasetRequest, node: Node, byteLength: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for await (const piece of reader.readArray(mintTicket(principal, node), { selection: [], mediaType: 'application/octet-stream' }, call)) {
    if (at + piece.byteLength > byteLength) break;
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  if (at !== byteLength) throw new TesseraError('internal', `A variable of ${byteLength} bytes came out otherwise.`);
  return bytes;
}
