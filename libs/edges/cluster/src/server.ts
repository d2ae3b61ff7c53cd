// Serves the ports of this process to the other processes of the cluster.
import { Server } from '@grpc/grpc-js';
import { TesseraError, type Catalog, type Identity, type Indexer, type Ingest, type Reader, type Search } from '@tessera/domain';
import { catalogHandlers } from './catalog/catalog.server.ts';
import { serverCredentials, transportOptions, type ClusterTls } from './channel.ts';
import type { ServerContext } from './handle.ts';
import { HealthRegister, servingStatus } from './health/health.server.ts';
import { identityHandlers } from './identity/identity.server.ts';
import { indexerHandlers } from './indexer/indexer.server.ts';
import { ingestHandlers } from './ingest/ingest.server.ts';
import { findProtoDirectory, loadService, services, type ServiceKey } from './protos.ts';
import { readerHandlers } from './reader/reader.server.ts';
import { readerMethods } from './reader/reader.wire.ts';
import { searchHandlers } from './search/search.server.ts';
import { deriveClusterKeys } from './signature.ts';

/** What a process offers; absent ports are not served. */
export interface ServedPorts {
  readonly catalog?: Catalog;
  readonly search?: Search;
  readonly reader?: Reader;
  readonly indexer?: Indexer;
  readonly ingest?: Ingest;
  readonly identity?: Identity;
}

export interface ClusterServerOptions {
  readonly ports: ServedPorts;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** The same in all processes of a cluster. */
  readonly secret: string;
  readonly tls?: ClusterTls;
  readonly protoDirectory?: string;
  /** How long `close` waits for calls under way before it cuts them off. */
  readonly drainTimeoutMs?: number;
  /** Gets unexpected errors of handlers, to log them; callers only see `internal`. */
  readonly onError?: (error: unknown, methodPath: string) => void;
}

export interface ClusterServer {
  readonly port: number;
  /** Tells health checks whether a service, or the process as a whole, can do its work. */
  setServing(service: keyof ServedPorts | undefined, serving: boolean): void;
  /** Takes no new calls, lets those under way end, then closes. */
  close(): Promise<void>;
}

const defaultDrainTimeoutMs = 10_000;

/** @throws TesseraError unavailable if the address cannot be bound, invalid_argument if the secret is too short. */
export async function openClusterServer(options: ClusterServerOptions): Promise<ClusterServer> {
  const protoDirectory = options.protoDirectory ?? findProtoDirectory();
  const context: ServerContext = { keys: deriveClusterKeys(options.secret), report: options.onError ?? (() => {}) };
  const server = new Server(transportOptions);
  const health = new HealthRegister();
  addPorts(server, options.ports, context, protoDirectory);
  server.addService(loadService('health', protoDirectory), health.handlers());
  const port = await bind(server, options);
  for (const key of servedKeys(options.ports)) health.set(services[key].name, servingStatus.serving);
  health.set('', servingStatus.serving);
  let closing: Promise<void> | undefined;
  return {
    port,
    setServing: (service, serving) => {
      if (!closing) health.set(service === undefined ? '' : services[service].name, serving ? servingStatus.serving : servingStatus.notServing);
    },
    close: () => (closing ??= drain(server, health, options.drainTimeoutMs ?? defaultDrainTimeoutMs)),
  };
}

function servedKeys(ports: ServedPorts): (keyof ServedPorts & ServiceKey)[] {
  return (Object.keys(ports) as (keyof ServedPorts)[]).filter((key) => ports[key] !== undefined);
}

function addPorts(server: Server, ports: ServedPorts, context: ServerContext, protoDirectory: string): void {
  const { catalog, search, reader, indexer, ingest, identity } = ports;
  if (catalog) server.addService(loadService('catalog', protoDirectory), catalogHandlers(catalog, context));
  if (search) server.addService(loadService('search', protoDirectory), searchHandlers(search, context));
  if (reader) server.addService({ ...readerMethods(protoDirectory) }, readerHandlers(reader, context));
  if (indexer) server.addService(loadService('indexer', protoDirectory), indexerHandlers(indexer, context));
  if (ingest) server.addService(loadService('ingest', protoDirectory), ingestHandlers(ingest, context));
  if (identity) server.addService(loadService('identity', protoDirectory), identityHandlers(identity, context));
}

async function bind(server: Server, { host, port, tls }: ClusterServerOptions): Promise<number> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, serverCredentials(tls), (error, bound) => {
      if (error) reject(new TesseraError('unavailable', `Cannot listen on ${address} for the cluster.`, {}, { cause: error }));
      else resolve(bound);
    });
  });
}

async function drain(server: Server, health: HealthRegister, timeoutMs: number): Promise<void> {
  health.setAll(servingStatus.notServing);
  health.endWatches();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, timeoutMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
