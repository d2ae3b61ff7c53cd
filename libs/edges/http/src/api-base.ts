import type { FastifyRequest } from 'fastify';
import type { HttpOptions } from './http-options.ts';

const settings = new WeakMap<object, Pick<HttpOptions, 'baseUrl' | 'rootPath'>>();

/** Sets what the links of a server start with. */
export function setLinkBase(server: object, options: Pick<HttpOptions, 'baseUrl' | 'rootPath'>): void {
  settings.set(server, { ...(options.baseUrl ? { baseUrl: options.baseUrl.replace(/\/+$/, '') } : {}), rootPath: cleanRootPath(options.rootPath) });
}

/** `/a/b` for `a/b/`; empty for none. */
export function cleanRootPath(rootPath: string | undefined): string {
  const inner = (rootPath ?? '').split('/').filter((part) => part !== '').join('/');
  return inner === '' ? '' : `/${inner}`;
}

/**
 * Scheme, host and root path as the client sees them, without a trailing slash: the
 * configured base, else X-Forwarded-Proto and X-Forwarded-Host, else the connection.
 */
export function serverBase(request: FastifyRequest): string {
  const { baseUrl, rootPath = '' } = settings.get(request.server) ?? {};
  return `${baseUrl ?? originOf(request)}${rootPath}`;
}

/** Where the API starts, as the client sees it: `…/api/v1`. */
export function apiBase(request: FastifyRequest): string {
  return `${serverBase(request)}/api/v1`;
}

const originPattern = /^https?:\/\/[\w.:[\]-]+$/;

function originOf(request: FastifyRequest): string {
  const { headers } = request;
  const socket = request.raw.socket as { encrypted?: boolean } | undefined;
  const scheme = (firstOf(headers['x-forwarded-proto']) ?? (socket?.encrypted ? 'https' : 'http')) === 'https' ? 'https' : 'http';
  const origin = `${scheme}://${firstOf(headers['x-forwarded-host']) ?? headers.host ?? 'localhost'}`;
  // A header is the caller's to choose; what is no host or scheme must not get into links.
  return originPattern.test(origin) && URL.canParse(origin) ? origin : `${scheme}://localhost`;
}

/** Proxies in a row append to a list; the first is the one nearest to the client. */
function firstOf(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text?.split(',')[0]?.trim() || undefined;
}
