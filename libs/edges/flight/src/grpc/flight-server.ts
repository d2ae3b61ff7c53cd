// Arrow Flight on a port of its own. gRPC is loaded with the first connection: those who never speak Flight do not wait for it.
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { TesseraError } from '@tessera/domain';
import type { FlightMethods } from '../service/flight-method.ts';

/** PEM texts. */
export interface FlightTls {
  readonly cert: string;
  readonly key: string;
  /** With it, clients must show a certificate that it signed. */
  readonly clientCa?: string;
}

export interface FlightServerOptions {
  readonly methods: FlightMethods;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly tls?: FlightTls;
  /** How long `close` waits for calls under way before it cuts them off. */
  readonly drainTimeoutMs?: number;
  /** Gets errors that are our own fault, to log them; callers only see `internal`. */
  readonly onError?: (error: unknown, method: string) => void;
}

export interface FlightServer {
  readonly port: number;
  /** Takes no new calls, lets those under way end, then closes. */
  close(): Promise<void>;
}

const defaultDrainTimeoutMs = 10_000;

/** @throws TesseraError unavailable if the address cannot be bound, invalid_argument if key and certificate make no sense. */
export async function openFlightServer(options: FlightServerOptions): Promise<FlightServer> {
  const sockets = new Set<Socket>();
  let loading: Promise<GrpcDoor> | undefined;
  const door = () => (loading ??= import('./grpc-door.ts').then(({ openGrpcDoor }) => openGrpcDoor(options)));
  const server = createListener(options.tls, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    void door().then((opened) => opened.take(socket));
  });
  await bind(server, options);
  let closing: Promise<void> | undefined;
  const close = async () => {
    server.close();
    const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), options.drainTimeoutMs ?? defaultDrainTimeoutMs);
    const gone = [...sockets].map((socket) => new Promise<void>((resolve) => { socket.once('close', () => resolve()); }));
    (await loading)?.drain();
    await Promise.all(gone);
    clearTimeout(cut);
  };
  return { port: (server.address() as AddressInfo).port, close: () => (closing ??= close()) };
}

/** Speaks gRPC over the connections that it is given. */
export interface GrpcDoor {
  take(socket: Socket): void;
  /** Ends connections once their calls have ended. */
  drain(): void;
}

function createListener(tls: FlightTls | undefined, onConnection: (socket: Socket) => void): TcpServer {
  if (!tls) return createTcpServer(onConnection);
  const isMutual = tls.clientCa !== undefined;
  try {
    const server = createTlsServer({ cert: tls.cert, key: tls.key, ...(isMutual ? { ca: tls.clientCa } : {}), requestCert: isMutual, rejectUnauthorized: isMutual, ALPNProtocols: ['h2'], minVersion: 'TLSv1.2' });
    server.on('secureConnection', onConnection);
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  } catch (cause) {
    throw new TesseraError('invalid_argument', `The certificate or key of Flight cannot be used: ${(cause as Error).message}`, {}, { cause });
  }
}

async function bind(server: TcpServer, { host, port }: FlightServerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new TesseraError('unavailable', `Cannot listen on ${host}:${port} for Arrow Flight: ${(cause as Error).message}`, {}, { cause })));
    server.listen(port, host, resolve);
  });
  server.on('error', () => undefined);
}
