import { respond } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Html } from './html.ts';
import { contentSecurityPolicy } from './style.ts';

export const pageHeaders = {
  'content-security-policy': contentSecurityPolicy,
  // A key may stand in the address for a moment: no other site is to see it.
  'referrer-policy': 'no-referrer',
  'cache-control': 'private, no-cache',
};

export function sendPage(request: FastifyRequest, reply: FastifyReply, page: Html, status = 200): void {
  respond(request, reply, status, { ...pageHeaders, 'content-type': 'text/html; charset=utf-8' }, page.markup);
}

/** Whether an answer is for a person: programs name what they want, or take anything. */
export function wantsPage(request: FastifyRequest): boolean {
  return /\btext\/html\b|\bapplication\/xhtml\+xml\b/i.test(request.headers.accept ?? '');
}
