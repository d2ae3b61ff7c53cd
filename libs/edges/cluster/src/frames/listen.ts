// One port for gRPC and framed connections.
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { TesseraError } from '@tessera/domain';
import type { ClusterTls } from '../channel.ts';
import { preface } from './frame.ts';
import { framesProtocol, tlsOptions } from './frame-address.ts';

/** How long a connection may say nothing before it is cut. */
const silenceMs = 10_000;

export interface Doors {
  grpc(socket: Socket): void;
  frames(socket: Socket): void;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly tls: ClusterTls | undefined;
}

/**
 * Takes connections and gives each to its door: by the protocol that TLS agreed on, else by the first byte.
 * @throws TesseraError unavailable if the address cannot be bound.
 */
export async function listen({ host, port, tls }: ListenOptions, doors: Doors): Promise<{ readonly server: Server; readonly port: number }> {
  const server = tls?.cert && tls.key ? tlsServer(tls, doors) : createTcpServer((socket) => chooseByFirstByte(socket, doors));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new TesseraError('unavailable', `Cannot listen on ${host}:${port} for the cluster.`, {}, { cause: error })));
    server.listen(port, host, resolve);
  });
  server.on('error', () => undefined);
  return { server, port: (server.address() as AddressInfo).port };
}

function tlsServer(tls: ClusterTls, doors: Doors): Server {
  const mustProve = tls.ca !== undefined;
  const server = createTlsServer({ ...tlsOptions(tls), ALPNProtocols: ['h2', framesProtocol], requestCert: mustProve, rejectUnauthorized: mustProve });
  server.on('secureConnection', (socket: TLSSocket) => (socket.alpnProtocol === framesProtocol ? doors.frames(socket) : doors.grpc(socket)));
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

function chooseByFirstByte(socket: Socket, doors: Doors): void {
  const giveUp = () => socket.destroy();
  socket.on('error', giveUp);
  socket.setTimeout(silenceMs, giveUp);
  const look = () => {
    const bytes = socket.read() as Buffer | null;
    if (!bytes) return;
    socket.off('readable', look);
    socket.off('error', giveUp);
    socket.setTimeout(0);
    socket.removeListener('timeout', giveUp);
    socket.unshift(bytes);
    if (bytes[0] === preface[0]) doors.frames(socket);
    else doors.grpc(socket);
  };
  socket.on('readable', look);
}
