// Arrow Flight on a port of its own: gRPC over our own HTTP/2 (docs/adr/0022-own-http2-for-flight.md).
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { TesseraError } from '@tessera/domain';
import { Http2Connection } from '../http2/http2-connection.ts';
import type { FlightMethods } from '../service/flight-method.ts';
import { serveCall } from './serve-call.ts';

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
  const { methods, onError = () => {} } = options;
  const connections = new Map<Socket, Http2Connection>();
  const server = createListener(options.tls, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('close', () => connections.delete(socket));
    connections.set(socket, new Http2Connection(socket, (stream) => void serveCall(stream, methods, onError)));
  });
  await bind(server, options);
  let closing: Promise<void> | undefined;
  const close = async () => {
    server.close();
    const gone = [...connections.keys()].map((socket) => new Promise<void>((resolve) => { socket.once('close', () => resolve()); }));
    for (const connection of connections.values()) connection.drain();
    const cut = setTimeout(() => { for (const socket of connections.keys()) socket.destroy(); }, options.drainTimeoutMs ?? defaultDrainTimeoutMs);
    await Promise.all(gone);
    clearTimeout(cut);
  };
  return { port: (server.address() as AddressInfo).port, close: () => (closing ??= close()) };
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
