// A tree as one file: HDF5 or Zarr, by exporters of their own; or as one JSON document, `{"contents":{key: …},"metadata":{…}}`,
// a page of children at a time: a tree of any size takes a page a level.
import { treeMediaTypes, type Call, type Catalog, type Node, type Principal, type Reader, type TreeExporter } from '@tessera/domain';
import { mediaTypesOf, negotiate, sendBytes } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { datasetMediaTypes, exportDataset, isDataset } from './export-dataset.ts';
import type { OpenedNode } from './open-node.ts';
import { checkNames, parseNames } from './parse-columns.ts';
import { valueOf, type RawQuery } from './parse-parameters.ts';
import { sendTree } from './send-tree.ts';

const childrenAtOnce = 300;
/** Text is gathered into pieces of about this many characters. */
const pieceLength = 64 * 1024;

export interface ContainerSources {
  readonly catalog: Catalog;
  readonly reader: Reader;
  /** Most bytes of decoded data that one response may carry. */
  readonly byteLimit: number;
  readonly treeExporters: ReadonlyMap<string, TreeExporter>;
}

/** Answers with a container: all below it as one file, its tree as JSON, or the variables of a dataset as a table. */
export async function sendContainer({ catalog, reader, byteLimit, treeExporters }: ContainerSources, request: FastifyRequest, reply: FastifyReply, opened: OpenedNode): Promise<void> {
  const { node, principal, call } = opened;
  const { byFamily, aliases } = mediaTypesOf(request);
  const ofContainers = byFamily.container.filter((mediaType) => !(treeMediaTypes as readonly string[]).includes(mediaType) || treeExporters.has(mediaType));
  const mediaType = negotiate(request, 'container', isDataset(node) ? [...ofContainers, ...datasetMediaTypes] : ofContainers, aliases);
  const fields = parseNames(request, ['field']);
  if (fields) await checkFields(catalog, principal, node, fields, call);
  const tree = treeExporters.get(mediaType);
  if (tree) return sendTree(tree, request, reply, { principal, resolved: { node }, ...(fields ? { fields } : {}), call }, { mediaType });
  const filename = valueOf(request.query as RawQuery, 'filename');
  const body = mediaType.startsWith('application/json')
    ? inPieces(writeNode({ catalog, principal, call }, node, fields && new Set(fields)))
    : await exportDataset(catalog, reader, { principal, node, fields, byteLimit, call });
  await sendBytes(request, reply, { mediaType, body, ...(filename === undefined ? {} : { filename }) });
}

/** Only as many children are asked for as fields are named. */
async function checkFields(catalog: Catalog, principal: Principal, node: Node, fields: readonly string[], call: Call): Promise<void> {
  const known: string[] = [];
  for (const field of fields) {
    try {
      await catalog.resolve(principal, [...node.path, field], undefined, call);
      known.push(field);
    } catch {
      break;
    }
  }
  checkNames(fields, known);
}

interface Walk {
  readonly catalog: Catalog;
  readonly principal: Principal;
  readonly call: Call;
}

async function* writeNode(walk: Walk, node: Node, only?: ReadonlySet<string>): AsyncGenerator<string> {
  yield '{"contents":{';
  if (node.structure.family === 'container') {
    let before = '';
    for await (const child of childrenOf(walk, node)) {
      const key = child.path.at(-1)!;
      if (only && !only.has(key)) continue;
      yield `${before}${JSON.stringify(key)}:`;
      yield* writeNode(walk, child);
      before = ',';
    }
  }
  yield `},"metadata":${JSON.stringify(node.metadata)}}`;
}

async function* childrenOf({ catalog, principal, call }: Walk, node: Node): AsyncGenerator<Node> {
  let place = {};
  for (;;) {
    const page = await catalog.children(principal, node.path, { page: { limit: childrenAtOnce, ...place }, sort: [], readableOnly: true }, call);
    yield* page.items;
    if (!page.next) return;
    place = page.next;
  }
}

async function* inPieces(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let gathered = '';
  for await (const part of text) {
    gathered += part;
    if (gathered.length < pieceLength) continue;
    yield Buffer.from(gathered);
    gathered = '';
  }
  yield Buffer.from(gathered);
}
