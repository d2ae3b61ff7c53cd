import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { requireScopes, TesseraError, type Identity, type Principal } from '@tessera/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { accessOf, type RouteAccess } from './access.ts';
import { callOf } from './call-of.ts';
import { sessionCookie, withCookie } from './cookies.ts';
import { apiKeyCookie, readCredentials, type PresentedCredentials } from './credentials.ts';
import { checkCsrf } from './csrf.ts';
import { stateOf } from './request-state.ts';
import { IDENTITY } from './tokens.ts';

/** Finds out who asks and whether they may; for every route of every front door. */
@Injectable()
export class PrincipalGuard implements CanActivate {
  // By handler: looking metadata up anew costs more than the rest of the guard.
  private readonly accessByHandler = new WeakMap<object, RouteAccess>();

  constructor(@Inject(IDENTITY) private readonly identity: Identity) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.accessFor(context);
    if (access.kind === 'public') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const presented = readCredentials({
      queryKey: (request.query as Record<string, unknown>)['api_key'],
      authorization: request.headers.authorization,
      cookie: request.headers.cookie,
    });
    checkCsrf(request);
    const principal = await this.identity.principalOf(presented.credentials, callOf(request, reply));
    stateOf(request).principal = principal;
    keepKey(request, reply, presented);
    requireScopes(principal, access.scopes);
    return true;
  }

  private accessFor(context: ExecutionContext): RouteAccess {
    const handler = context.getHandler();
    let access = this.accessByHandler.get(handler);
    if (!access) {
      access = accessOf(handler, context.getClass());
      if (!access) throw new TesseraError('permission_denied', 'This route does not say who may use it, so nobody may.');
      this.accessByHandler.set(handler, access);
    }
    return access;
  }
}

/** A key that came by the query is kept, so that links and images of a page work without it. */
function keepKey(request: FastifyRequest, reply: FastifyReply, { credentials, from }: PresentedCredentials): void {
  if (from !== 'query' || credentials.kind !== 'api_key') return;
  // Only keys of the form that we issue are cookie-safe.
  if (!/^\w+$/.test(credentials.secret) || request.headers.cookie?.includes(`${apiKeyCookie}=${credentials.secret}`)) return;
  reply.raw.setHeader('set-cookie', withCookie(reply.raw.getHeader('set-cookie'), sessionCookie(apiKeyCookie, credentials.secret)));
}

/** Who asks. @throws TesseraError internal on a public route, which has no principal. */
export function principalOf(request: FastifyRequest): Principal {
  const { principal } = stateOf(request);
  if (!principal) throw new TesseraError('internal', 'A public route asked for a principal.');
  return principal;
}
