import type { ClusterTls } from '../channel.ts';

/** How framed connections are named in TLS (RFC 7301). */
export const framesProtocol = 'tessera-frames/1';

export interface FrameAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: ClusterTls;
}

/** @param address `host:port`, an IPv6 host in brackets */
export function parseFrameAddress(address: string, tls: ClusterTls | undefined): FrameAddress {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)), ...(tls ? { tls } : {}) };
}

/** PEM texts as node:tls has them. */
export function tlsOptions({ ca, cert, key }: ClusterTls): { ca?: string; cert?: string; key?: string } {
  return { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
}
