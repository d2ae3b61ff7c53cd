// A small tree in memory behind the ports, and a server over it.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  parseScalarType, publicScopes, selectedShape, singleUserScopes, structType, TesseraError, resolveSelection, elementCount,
  chunkShapeAt, type ArrayLayout, type Catalog, type Identity, type JsonObject, type Node, type NodePath, type Principal, type Query,
  type Reader, type Search, type Spec, type Structure,
} from '@tessera/domain';
import { createHttpApp, type HttpOptions } from '@tessera/http';
import type { AddressInfo } from 'node:net';
import { TiledModule } from './tiled.module.ts';

export interface FakeNode {
  readonly structure?: Structure;
  readonly metadata?: JsonObject;
  readonly specs?: readonly Spec[];
  readonly problem?: string;
  readonly children?: Readonly<Record<string, FakeNode>>;
}

const u1 = parseScalarType('|u1');
const array = (shape: number[], chunks: (number | number[])[], dataType: ReturnType<typeof parseScalarType> | ReturnType<typeof structType> = u1, dims?: string[]): Structure => ({
  family: 'array', array: { shape, chunks, dataType, ...(dims ? { dims } : {}) },
});

export const arrowSchema = '/////w==';

export const tree: FakeNode = {
  metadata: { title: 'all' },
  children: {
    img: { structure: array([24, 32], [24, 32]), metadata: { color: 'gray', n: 3 }, specs: [{ name: 'image', version: '1.0' }] },
    cube: { structure: array([3, 4, 5], [[2, 1], 4, 3], parseScalarType('<i8'), ['z', 'y', 'x']) },
    scalar: { structure: array([], [], parseScalarType('<f8')) },
    empty: { structure: array([0, 3], [1, 3], parseScalarType('>f4')) },
    fine: { structure: array([25_000], [1]) },
    struct: { structure: array([2], [2], structType([{ name: 'a', dataType: parseScalarType('<i4') }, { name: 'b', dataType: parseScalarType('<f8'), shape: [2] }])) },
    table: { structure: { family: 'table', table: { arrowSchema, columns: ['a', 'b'], partitionCount: 2, rowCount: 3 } }, specs: [{ name: 'dataframe' }], metadata: { k: { deep: 1 } } },
    sparse: { structure: { family: 'sparse', sparse: { shape: [4, 5], chunks: [4, 5], dataType: parseScalarType('<f8'), coordinateType: parseScalarType('<i8') } } },
    broken: { structure: array([1], [1]), problem: 'The link leads nowhere.' },
    'a b#é?': { children: { 'x%y': { structure: array([1], [1]) } }, metadata: { color: 'red' } },
    ds: {
      specs: [{ name: 'xarray_dataset' }],
      metadata: { attrs: { t: 'hi' } },
      children: { v: { structure: array([4], [4], parseScalarType('<f8'), ['x']), specs: [{ name: 'xarray_data_var' }], metadata: { attrs: {} } }, inner: { children: {}, specs: [{ name: 'xarray_dataset' }] } },
    },
    series: {
      specs: [{ name: 'xarray_dataset' }],
      children: {
        i: { structure: array([3], [3], parseScalarType('>i4')) }, t: { structure: array([3], [3], parseScalarType('<M8[ns]')) }, s: { structure: array([3], [3], parseScalarType('|S2')) },
        u: { structure: array([3], [3], parseScalarType('<U1')) }, f: { structure: array([3], [3], parseScalarType('<f8')) }, b: { structure: array([3], [3], parseScalarType('|b1')) },
        c: { structure: array([3], [3], parseScalarType('<c16')) }, long: { structure: array([4], [4]) }, flat: { structure: array([3, 1], [3, 1]) },
      },
    },
  },
};

export interface FakeServer {
  readonly origin: string;
  readonly app: NestFastifyApplication;
  /** What the ports were asked, by name of the method. */
  readonly calls: Record<string, unknown[][]>;
  get(target: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** A server over the tree, on a port of its own; everything asked of the ports is noted. `storedChunks` are those of every array, if not its structure's. */
export async function startFake(options: Partial<HttpOptions> & { readonly isPublic?: boolean; readonly isVolatile?: boolean; readonly storedChunks?: readonly number[] } = {}): Promise<FakeServer> {
  const calls: Record<string, unknown[][]> = {};
  const noting = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const method = target[name as keyof Port] as unknown;
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => {
          (calls[String(name)] ??= []).push(args);
          return method.apply(target, args) as unknown;
        };
      },
    });
  const nodes = flatten(tree);
  const ports = {
    catalog: noting(fakeCatalog(nodes)),
    search: noting(fakeSearch(nodes)),
    reader: noting(fakeReader(nodes, options.isVolatile ?? false, options.storedChunks)),
    identity: fakeIdentity(options.isPublic ?? true),
  };
  const silent = { debug() {}, info() {}, warn() {}, error: (fields: object, message: string) => (calls['error'] ??= []).push([fields, message]) };
  const app = await createHttpApp({
    ports, fronts: [TiledModule],
    options: { responseByteLimit: 300_000_000, allowOrigins: [], readiness: async () => ({}), logger: silent, ...options },
  });
  await app.listen(0, '127.0.0.1');
  const origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  return { origin, app, calls, get: (target, init) => fetch(`${origin}${target}`, init), close: () => app.close() };
}

function flatten(root: FakeNode): Node[] {
  const nodes: Node[] = [];
  const visit = (fake: FakeNode, path: NodePath, parentId: number | undefined): void => {
    const id = nodes.length + 1;
    const structure = fake.structure ?? { family: 'container' as const };
    nodes.push({
      id, path, structure, metadata: fake.metadata ?? {}, specs: fake.specs ?? [], insideFile: false, revision: 1,
      ...(parentId === undefined ? {} : { parentId }),
      ...(structure.family === 'container' ? { childCount: Object.keys(fake.children ?? {}).length } : { manifestId: `manifest-${id}` }),
      ...(fake.problem === undefined ? {} : { problem: fake.problem }),
      dataSources: [],
    });
    for (const [key, child] of Object.entries(fake.children ?? {})) visit(child, [...path, key], id);
  };
  visit(root, [], undefined);
  return nodes;
}

const samePath = (a: NodePath, b: NodePath) => a.length === b.length && a.every((key, index) => key === b[index]);
const pythonList = (path: NodePath) => `[${path.map((key) => `'${key}'`).join(', ')}]`;

function fakeCatalog(nodes: readonly Node[]): Catalog {
  const unexpected = () => Promise.reject(new Error('not part of these tests'));
  return {
    async resolve(_principal, path) {
      const node = nodes.find((each) => samePath(each.path, path));
      if (node) return { node };
      const table = nodes.find((each) => samePath(each.path, path.slice(0, -1)));
      if (table?.structure.family === 'table' && table.structure.table.columns.includes(path.at(-1)!)) return { node: table, column: path.at(-1)! };
      throw new TesseraError('not_found', `No such entry: ${pythonList(path)}`);
    },
    async children(_principal, path, { page, readableOnly, sort }) {
      const parent = nodes.find((each) => samePath(each.path, path))!;
      const all = nodes.filter((each) => each.parentId === parent.id && !(readableOnly && each.problem));
      if (sort[0]?.direction === -1) all.reverse();
      const from = page.cursor === undefined ? (page.offset ?? 0) : all.findIndex((each) => each.id > page.cursor!);
      const items = all.slice(from, from + page.limit);
      const more = from + page.limit < all.length && items.length > 0;
      return { items, count: all.length, ...(more ? { next: { cursor: items.at(-1)!.id } } : {}) };
    },
    async nodes(_principal, ids) {
      return nodes.filter((each) => ids.includes(each.id)).reverse();
    },
    scan: unexpected,
    register: unexpected,
    remove: unexpected,
    registeredSources: unexpected,
  };
}

/** Finds by equality and keys only; enough to see what was asked. */
function fakeSearch(nodes: readonly Node[]): Search {
  const matches = (node: Node, query: Query): boolean => {
    if (query.op === 'and') return query.queries.every((each) => matches(node, each));
    if (query.op === 'eq') return JSON.stringify(query.key.reduce<unknown>((value, key) => (value as JsonObject | undefined)?.[key], node.metadata)) === JSON.stringify(query.value);
    return query.op === 'keys' ? query.keys.includes(node.path.at(-1)!) : true;
  };
  return {
    async find(_principal, { parentId, query, page }) {
      const all = nodes.filter((each) => each.parentId === parentId && matches(each, query));
      const from = page.offset ?? 0;
      return { items: all.slice(from, from + page.limit).map(({ id }) => id), count: all.length, ...(from + page.limit < all.length ? { next: { offset: from + page.limit } } : {}) };
    },
    status: async () => ({ documents: nodes.length, sequence: 0 }),
    rebuild: async () => undefined,
  };
}

/** Bytes 0, 1, 2, … of the length that the request comes to; tables say what was asked. */
function fakeReader(nodes: readonly Node[], isVolatile: boolean, storedChunks?: readonly number[]): Reader {
  const layoutOf = (manifestId: string): ArrayLayout => {
    const { structure } = nodes.find((each) => each.manifestId === manifestId)!;
    const layout = { edge: 'clipped' as const, codecs: [], volatile: isVolatile };
    if (structure.family === 'array') return { dataType: structure.array.dataType, grid: storedChunks ? { shape: structure.array.shape, chunks: storedChunks } : structure.array, ...layout };
    return { dataType: parseScalarType('<i8'), grid: { shape: [3], chunks: [3] }, ...layout };
  };
  return {
    describe: async (ticket) => layoutOf(ticket.manifestId),
    readChunk: async (ticket, { chunkShape, knownVersion }) => {
      if (knownVersion === 'v1') return { version: knownVersion };
      const { dataType } = layoutOf(ticket.manifestId);
      return { bytes: Uint8Array.from({ length: elementCount(chunkShape) * dataType.itemsize }, (_, index) => index), version: 'v1' };
    },
    async *readArray(ticket, { selection, block, mediaType }) {
      const { grid, dataType } = layoutOf(ticket.manifestId);
      const shape = block ? chunkShapeAt(grid, block) : grid.shape;
      const count = elementCount(selectedShape(resolveSelection(selection, shape)));
      if (mediaType === 'application/octet-stream') yield Uint8Array.from({ length: count * dataType.itemsize }, (_, index) => index);
      else yield Buffer.from(`${mediaType} ${count}`);
    },
    async *readTable(_ticket, { columns, partitions, mediaType, ...some }) {
      yield Buffer.from(JSON.stringify({ mediaType, columns: columns ?? 'all', partition: partitions?.start ?? 'all', ...some }));
    },
  };
}

function fakeIdentity(isPublic: boolean): Identity {
  return {
    async principalOf(credentials): Promise<Principal> {
      if (credentials.kind === 'none') return { id: 'anonymous', kind: 'anonymous', scopes: isPublic ? publicScopes : [] };
      if (credentials.kind === 'api_key' && credentials.secret === 'secret') return { id: 'one', kind: 'user', scopes: singleUserScopes };
      throw new TesseraError('unauthenticated', 'Invalid API key');
    },
    describe: async () => ({ authenticationRequired: !isPublic }),
  };
}
