import { hash } from 'node:crypto';
import type { Credentials, Identity, Principal } from '@tessera/domain';
import { LRUCache } from 'lru-cache';

export interface PrincipalCacheOptions {
  /** How long a key that was withdrawn may still be taken, milliseconds. */
  readonly ttlMs: number;
  readonly maxEntries: number;
}

/** An identity that remembers for a moment whom credentials proved; refusals are not kept. */
export function withPrincipalCache(identity: Identity, { ttlMs, maxEntries }: PrincipalCacheOptions): Identity {
  const cache = new LRUCache<string, Principal>({ max: maxEntries, ttl: ttlMs, ttlResolution: 20 });
  return {
    async principalOf(credentials, call) {
      const key = cacheKey(credentials);
      const known = cache.get(key);
      if (known) return known;
      const principal = await identity.principalOf(credentials, call);
      cache.set(key, principal);
      return principal;
    },
    describe: (call) => identity.describe(call),
  };
}

/** Secrets themselves are not kept. */
function cacheKey(credentials: Credentials): string {
  switch (credentials.kind) {
    case 'none':
      return 'none';
    case 'api_key':
      return `api_key ${hash('sha256', credentials.secret)}`;
    case 'bearer':
      return `bearer ${hash('sha256', credentials.token)}`;
  }
}
