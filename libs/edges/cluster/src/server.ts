// Serves the ports of this process to the other processes of the cluster.
import type { Server as TcpServer, Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Catalog, Identity, Indexer, Ingest, Reader, Search } from '@tessera/domain';
import { catalogHandlers } from './catalog/catalog.server.ts';
import { transportOptions, type ClusterTls } from './channel.ts';
import { FrameServerConnection, type FrameHandlers } from './frames/frame-server.ts';
import { listen } from './frames/listen.ts';
import type { ServerContext } from './handle.ts';
import { HealthRegister, servingStatus } from './health/health.server.ts';
import { identityHandlers } from './identity/identity.server.ts';
import { indexerHandlers } from './indexer/indexer.server.ts';
import { ingestHandlers } from './ingest/ingest.server.ts';
import { findProtoDirectory, loadService, services, type ServiceKey } from './protos.ts';
import { framedReaderHandlers } from './reader/framed-reader.server.ts';
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
  // TLS, if any, ends at our own door: what comes through it is plain to gRPC.
  const grpc = server.createConnectionInjector(ServerCredentials.createInsecure());
  const frames = new FramedConnections(options.ports.reader && framedReaderHandlers(options.ports.reader, context, protoDirectory));
  const sockets = new Set<Socket>();
  const { server: listener, port } = await listen({ host: options.host, port: options.port, tls: options.tls }, {
    grpc: (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      grpc.injectConnection(socket);
    },
    frames: (socket) => frames.add(socket),
  });
  for (const key of servedKeys(options.ports)) health.set(services[key].name, servingStatus.serving);
  health.set('', servingStatus.serving);
  let closing: Promise<void> | undefined;
  return {
    port,
    setServing: (service, serving) => {
      if (!closing) health.set(service === undefined ? '' : services[service].name, serving ? servingStatus.serving : servingStatus.notServing);
    },
    close: () => (closing ??= drain({ listener, server, sockets, frames, health }, options.drainTimeoutMs ?? defaultDrainTimeoutMs)),
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

/** The framed connections of a server. */
class FramedConnections {
  readonly #handlers: FrameHandlers | undefined;
  readonly #open = new Map<FrameServerConnection, Socket>();

  constructor(handlers: FrameHandlers | undefined) {
    this.#handlers = handlers;
  }

  add(socket: Socket): void {
    // Nothing is served over frames here.
    if (!this.#handlers) return void socket.destroy();
    const connection = new FrameServerConnection(socket, this.#handlers);
    this.#open.set(connection, socket);
    socket.once('close', () => this.#open.delete(connection));
  }

  /** Takes no more calls; resolves when those under way have ended. */
  async drain(): Promise<void> {
    await Promise.all([...this.#open].map(([connection, socket]) => new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      connection.drain();
    })));
  }

  destroy(): void {
    for (const connection of this.#open.keys()) connection.destroy();
  }
}

interface Drained {
  readonly listener: TcpServer;
  readonly server: Server;
  /** Of gRPC. */
  readonly sockets: ReadonlySet<Socket>;
  readonly frames: FramedConnections;
  readonly health: HealthRegister;
}

async function drain({ listener, server, sockets, frames, health }: Drained, timeoutMs: number): Promise<void> {
  health.setAll(servingStatus.notServing);
  health.endWatches();
  listener.close();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      // Sessions that were told to end politely would wait for the other side to do so too.
      for (const socket of sockets) socket.destroy();
      frames.destroy();
      resolve();
    }, timeoutMs);
    // For connections that it was given, tryShutdown does not wait.
    const gone = [...sockets].map((socket) => new Promise<void>((done) => { socket.once('close', () => done()); }));
    const ended = Promise.all([frames.drain(), new Promise<void>((done) => server.tryShutdown(() => done())), ...gone]);
    void ended.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
