// Double submit: a browser that carries the key in a cookie must prove that the page
// which sends an unsafe request could read our other cookie's value.
import { timingSafeEqual } from 'node:crypto';
import { TesseraError } from '@tessera/domain';
import type { FastifyRequest } from 'fastify';
import { cookieOf } from './cookies.ts';
import { apiKeyCookie } from './credentials.ts';
import { randomText } from './random-text.ts';

export const csrfCookie = 'tiled_csrf';
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** 43 characters that are safe in a cookie and in a URL. */
export function makeCsrfToken(): string {
  return randomText(32, 'base64url');
}

/** @throws TesseraError permission_denied if an unsafe request carries the key's cookie without the token. */
export function checkCsrf(request: FastifyRequest): void {
  if (safeMethods.has(request.method) || cookieOf(request.headers.cookie, apiKeyCookie) === undefined) return;
  const expected = cookieOf(request.headers.cookie, csrfCookie);
  if (expected === undefined) throw new TesseraError('permission_denied', 'Expected tiled_csrf_token cookie');
  const given = request.headers['x-csrf'] ?? (request.query as Record<string, unknown>)['csrf'];
  if (typeof given !== 'string') throw new TesseraError('permission_denied', 'Expected csrf query parameter or x-csrf header');
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  if (a.length !== b.length || !timingSafeEqual(a, b)) throw new TesseraError('permission_denied', 'Double-submit CSRF tokens do not match');
}
