// A small tree behind the ports, a server over it, and a client: a table "run/events" and an array "run/image".
import { makeBatch, selectColumns, columnIndices, writeIpcStream } from '@tessera/arrow';
import {
  parseScalarType, publicScopes, singleUserScopes, TesseraError, checkTicket, type Call, type Catalog, type Identity, type Ingest, type Node, type NodePath, type Reader, type Search, type Structure, type TableRequest,
} from '@tessera/domain';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { openFlightServer, type FlightServerOptions } from './grpc/flight-server.ts';
import { servicePath } from './service/flight-method.ts';
import type { EndpointLocations, FrontPorts } from './service/flight-ports.ts';
import { flightMethods } from './service/flight-service.ts';

export const secret = 'the secret of this test';
export const rowsPerBatch = 50_000;

const sample = makeBatch({ x: Float64Array.from({ length: rowsPerBatch }, (_, i) => i), name: Array.from({ length: rowsPerBatch }, (_, i) => `n${i % 7}`) });

/** What the reader was asked, and how far it came. */
export interface Watched {
  readonly requests: TableRequest[];
  batchesRead: number;
  /** Streams that were begun and not let go of. */
  open: number;
}

function fakeReader(watched: Watched, batchCount: number): Reader {
  const unexpected = () => { throw new Error('The test did not expect this.'); };
  return {
    describe: unexpected, readChunk: unexpected,
    async *readTable(ticket, request, call) {
      checkTicket(ticket);
      watched.requests.push(request);
      const indices = columnIndices(sample.schema, request.columns);
      const batch = selectColumns(sample, indices);
      watched.open++;
      try {
        yield* writeIpcStream(batch.schema, (async function* () {
          for (let i = 0; i < (request.rows?.stop === 0 ? 0 : batchCount); i++) {
            checkCancelled(call);
            watched.batchesRead++;
            yield batch;
          }
        })());
      } finally {
        watched.open--;
      }
    },
    async *readArray(ticket) {
      checkTicket(ticket);
      yield* writeIpcStream(sample.schema, (async function* () { yield sample; })());
    },
  };
}

function checkCancelled(call: Call | undefined): void {
  if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The caller went away.');
}

const structures: Record<string, Structure> = {
  '': { family: 'container' }, run: { family: 'container' },
  'run/events': { family: 'table', table: { arrowSchema: '', columns: ['x', 'name'], partitionCount: 40, rowCount: 2_000_000 } },
  'run/image': { family: 'array', array: { shape: [4, 3], chunks: [4, 3], dataType: parseScalarType('<f8') } },
  'run/broken': { family: 'array', array: { shape: [1], chunks: [1], dataType: parseScalarType('<f8') } },
};

function nodeAt(path: NodePath): Node {
  const key = path.join('/');
  const structure = structures[key];
  if (!structure) throw new TesseraError('not_found', `No such entry: ['${path.join("', '")}']`);
  const id = Object.keys(structures).indexOf(key);
  return { id, path, structure, metadata: {}, specs: [], insideFile: false, revision: 0, ...(structure.family === 'container' ? {} : { manifestId: `m${id}` }), ...(key === 'run/broken' ? { problem: 'The link leads nowhere.' } : {}) };
}

export function fakeIdentity(isPublic: boolean): Identity {
  return {
    async principalOf(given) {
      if (given.kind === 'none') return { id: 'anonymous', kind: 'anonymous', scopes: isPublic ? publicScopes : [] };
      if (given.kind === 'api_key' && given.secret === 'key') return { id: 'user:single', kind: 'user', scopes: singleUserScopes };
      if (given.kind === 'api_key' && given.secret === 'other') return { id: 'user:other', kind: 'user', scopes: singleUserScopes };
      if (given.kind === 'api_key' && given.secret === 'poor') return { id: 'user:poor', kind: 'user', scopes: ['read:metadata'] };
      throw new TesseraError('unauthenticated', 'Invalid API key');
    },
    describe: async () => ({ authenticationRequired: !isPublic }),
  };
}

function fakeFront(isPublic: boolean, refreshed: NodePath[]): FrontPorts {
  const below = (path: NodePath) => Object.keys(structures).map((key) => key.split('/').filter(Boolean)).filter((each) => each.length === path.length + 1 && path.every((key, i) => each[i] === key));
  const catalog = {
    resolve: async (_principal: unknown, path: NodePath) => {
      const column = path.join('/') === 'run/events/x' ? 'x' : undefined;
      return column === undefined ? { node: nodeAt(path) } : { node: nodeAt(path.slice(0, -1)), column };
    },
    children: async (_principal: unknown, path: NodePath) => ({ items: below(path).map(nodeAt), count: 3 }),
    nodes: async (_principal: unknown, ids: readonly number[]) => ids.map((id) => nodeAt(Object.keys(structures)[id]!.split('/').filter(Boolean))),
  } as unknown as Catalog;
  const search = { find: async () => ({ items: [2], count: 1 }) } as unknown as Search;
  const ingest: Ingest = { refresh: async (_principal, path) => void refreshed.push(path) };
  return { catalog, search, identity: fakeIdentity(isPublic), ingest };
}

export interface FakeOptions {
  readonly isPublic?: boolean;
  /** As a reader that serves tickets only. */
  readonly ticketsOnly?: boolean;
  readonly batchCount?: number;
  readonly locations?: EndpointLocations;
  readonly server?: Partial<FlightServerOptions>;
}

export async function startFake({ isPublic = false, ticketsOnly = false, batchCount = 3, locations = () => [], server: more }: FakeOptions = {}) {
  const watched: Watched = { requests: [], batchesRead: 0, open: 0 };
  const refreshed: NodePath[] = [];
  const errors: unknown[] = [];
  const ports = { reader: fakeReader(watched, batchCount), ...(ticketsOnly ? {} : { front: fakeFront(isPublic, refreshed) }) };
  const server = await openFlightServer({ methods: flightMethods({ ports, secret, locations }), host: '127.0.0.1', port: 0, drainTimeoutMs: 500, onError: (error) => errors.push(error), ...more });
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure(), { 'grpc.max_receive_message_length': -1 });
  const close = async () => {
    client.close();
    await server.close();
  };
  return { server, client, watched, refreshed, errors, close };
}

const asBytes = (bytes: Buffer) => bytes;

export function headersOf(headers: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

/** One message for one message. */
export function callUnary(client: Client, method: string, request: Uint8Array, headers: Record<string, string> = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(`/${servicePath}/${method}`, asBytes, asBytes, Buffer.from(request), headersOf(headers), { deadline: Date.now() + 20_000 }, (error: ServiceError | null, reply?: Buffer) => (error ? reject(error) : resolve(reply!)));
  });
}

/** All messages of a stream. */
export function callStream(client: Client, method: string, request: Uint8Array, headers: Record<string, string> = {}): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const stream = client.makeServerStreamRequest(`/${servicePath}/${method}`, asBytes, asBytes, Buffer.from(request), headersOf(headers), { deadline: Date.now() + 20_000 });
    const found: Buffer[] = [];
    stream.on('data', (message: Buffer) => found.push(message)).on('error', reject).on('end', () => resolve(found));
  });
}
