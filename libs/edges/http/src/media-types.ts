import { builtInMediaTypes, type OfferedMediaTypes } from '@tessera/domain';
import type { FastifyRequest } from 'fastify';

const offered = new WeakMap<object, OfferedMediaTypes>();

/** Sets in which media types the data of a server leave; those that are built in if nothing is said. */
export function setMediaTypes(server: object, mediaTypes: OfferedMediaTypes | undefined): void {
  if (mediaTypes) offered.set(server, mediaTypes);
}

/** The media types that the server of this request offers, those of its plug-ins included. */
export function mediaTypesOf(request: FastifyRequest): OfferedMediaTypes {
  return offered.get(request.server) ?? builtInMediaTypes;
}
