// What a route demands of its caller. A route that says nothing is refused by the guard.
import 'reflect-metadata';
import { SetMetadata } from '@nestjs/common';
import type { Scope } from '@tessera/domain';

export type RouteAccess = { readonly kind: 'public' } | { readonly kind: 'scopes'; readonly scopes: readonly Scope[] };

const accessKey = 'tessera:access';

/** Only callers that hold all of these scopes reach the route (or all routes of the class). */
export const RequireScopes = (...scopes: Scope[]) => SetMetadata(accessKey, { kind: 'scopes', scopes } satisfies RouteAccess);

/** Everybody reaches the route; credentials are not even looked at. */
export const Public = () => SetMetadata(accessKey, { kind: 'public' } satisfies RouteAccess);

/** What a handler declares, else what its class does. */
export function accessOf(handler: object, controller: object): RouteAccess | undefined {
  return (Reflect.getMetadata(accessKey, handler) ?? Reflect.getMetadata(accessKey, controller)) as RouteAccess | undefined;
}
