import { parseNodePath } from '@tessera/domain';
import type { FastifyRequest } from 'fastify';

/**
 * The target the router sees: empty segments and trailing slashes of the path are gone, and so are scheme
 * and host, which requests to proxies carry, and the root path if a proxy left it there. A percent sign that begins no escape stands
 * for itself: clients join keys to links without escaping it. The query stays as it is.
 */
export function normalizeTarget(target: string, rootPath: string): string {
  const local = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*\/?/i, '/');
  const question = local.indexOf('?');
  const query = question < 0 ? '' : local.slice(question);
  let path = question < 0 ? local : local.slice(0, question);
  if (path.includes('//') || (path.length > 1 && path.endsWith('/'))) {
    path = `/${path.split('/').filter((segment) => segment !== '').join('/')}`;
  }
  if (rootPath !== '' && (path === rootPath || path.startsWith(`${rootPath}/`))) path = path.slice(rootPath.length) || '/';
  if (path.includes('%')) path = path.replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25');
  return path + query;
}

/** The still encoded part of the request's path that the route's final `*` stands for. */
export function wildcardPathOf(request: FastifyRequest): string {
  const pattern = request.routeOptions.url ?? '';
  const staticSegments = pattern.split('/').filter((segment) => segment !== '' && segment !== '*').length;
  const target = request.raw.url ?? '/';
  const question = target.indexOf('?');
  const segments = (question < 0 ? target : target.slice(0, question)).split('/').filter((segment) => segment !== '');
  return segments.slice(staticSegments).join('/');
}

/** The node path after the route's fixed part, each key decoded once. @throws TesseraError invalid_argument. */
export function nodePathOf(request: FastifyRequest): string[] {
  return parseNodePath(wildcardPathOf(request));
}
