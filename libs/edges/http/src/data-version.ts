import { exportersVersion } from '@tessera/domain';
import type { FastifyRequest } from 'fastify';

const versions = new WeakMap<object, string>();

/** Sets the version of the plug-ins of a server. */
export function setPluginsVersion(server: object, pluginsVersion: string | undefined): void {
  if (pluginsVersion) versions.set(server, pluginsVersion);
}

/** That of the plug-ins of this request's server; empty without plug-ins. */
export function pluginsVersionOf(request: FastifyRequest): string {
  return versions.get(request.server) ?? '';
}

/** Part of each tag of data: another one when the same manifest may be decoded or written to other bytes. */
export function dataVersionOf(request: FastifyRequest): string {
  return exportersVersion + pluginsVersionOf(request);
}
