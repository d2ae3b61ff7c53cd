import type { FastifyReply, FastifyRequest } from 'fastify';
import { stateOf } from './request-state.ts';
import { varyWith } from './respond.ts';

/**
 * Who may keep an answer that has a tag (RFC 9111, section 5.2.2). Everybody asks again before using it: that costs no
 * read, and the file may have changed. What anybody may see, proxies may keep too; it then carries no cookie, which
 * would be given to all. `no-cache` says just that; Tiled's client forgets what has a `max-age` of 0 instead of asking.
 */
export function cacheControlOf(request: FastifyRequest, reply: FastifyReply): string {
  if (stateOf(request).principal?.kind !== 'anonymous') return 'private, no-cache';
  reply.raw.removeHeader('set-cookie');
  // The media type may have been chosen by it.
  reply.raw.setHeader('vary', varyWith(reply, 'Accept'));
  return 'public, no-cache';
}
