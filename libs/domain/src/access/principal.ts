import { TesseraError } from '../errors/tessera-error.ts';
import type { Scope } from './scope.ts';

/** Who asks, and what they may do. */
export interface Principal {
  readonly id: string;
  readonly kind: 'anonymous' | 'user' | 'service';
  readonly scopes: readonly Scope[];
}

/** What a caller presents to prove who they are. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'api_key'; readonly secret: string }
  | { readonly kind: 'bearer'; readonly token: string };

/** Who a part of the system is when it asks another part, on behalf of no user. */
export function servicePrincipal(name: string, granted: readonly Scope[] = ['read:metadata', 'read:data']): Principal {
  return { id: `service:${name}`, kind: 'service', scopes: granted };
}

/** @throws TesseraError unauthenticated that names the scopes, in the words the Tiled client shows. */
export function requireScopes(principal: Principal, required: readonly Scope[]): void {
  if (required.every((scope) => principal.scopes.includes(scope))) return;
  const list = (scopes: readonly Scope[]) => `[${scopes.map((scope) => `'${scope}'`).join(', ')}]`;
  throw new TesseraError(
    'unauthenticated',
    `Not enough permissions. Requires scopes ${list(required)}. Request had scopes ${list(principal.scopes)}`,
    { scopes: required },
  );
}
