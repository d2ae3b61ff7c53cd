import { formatNodePath, type NodePath, type OfferedMediaTypes } from '@tessera/domain';
import { mediaTypesOf, serverBase } from '@tessera/http';
import type { FastifyRequest } from 'fastify';

/** Where things are, as links of a page (paths only) and as addresses to copy. */
export class Site {
  /** Scheme, host and root path. */
  readonly base: string;
  readonly mediaTypes: OfferedMediaTypes;
  private readonly root: string;

  constructor(request: FastifyRequest) {
    this.base = serverBase(request);
    this.mediaTypes = mediaTypesOf(request);
    this.root = new URL(this.base).pathname.replace(/\/+$/, '');
  }

  browse(path: NodePath): string {
    return path.length === 0 ? `${this.root}/` : `${this.root}/browse/${formatNodePath(path)}`;
  }

  api(route: string, path: NodePath, query = ''): string {
    return `${this.root}/api/v1/${route}/${formatNodePath(path)}${query}`;
  }

  zarr(path: NodePath): string {
    return `${this.base}/zarr/v2/${formatNodePath(path)}`;
  }

  /** The page that a request is for, without its query. */
  here(request: FastifyRequest): string {
    // The server has taken doubled slashes out: a path that began with two would name another host.
    return this.root + (request.raw.url ?? '/').split('?')[0]!;
  }

  icon(): string {
    return `${this.root}/favicon.svg`;
  }
}
