import type { Call, Catalog, NodePath, Principal, ResolveOptions, Resolved } from '@tessera/domain';
import { LRUCache } from 'lru-cache';

export interface NodeCacheOptions {
  /** How long a change elsewhere may stay unseen if no event tells of it, milliseconds. */
  readonly ttlMs: number;
  readonly maxEntries: number;
}

/** A catalog that remembers what paths resolve to. */
export type CachedCatalog = Catalog & {
  /** Forgets what a change of these nodes may have made untrue. */
  invalidate(ids: readonly number[]): void;
};

/**
 * Keeps what paths resolve to for a moment, by principal, so that reading many chunks of one
 * array asks the catalog once. Failures are not kept: a node that appears is seen at once.
 */
export function withNodeCache(catalog: Catalog, { ttlMs, maxEntries }: NodeCacheOptions): CachedCatalog {
  const cache = new LRUCache<string, Resolved>({ max: maxEntries, ttl: ttlMs, ttlResolution: 20 });
  let generation = 0;
  // A change reaches all paths below a node and, by replacement, nodes of other ids: events
  // are rare beside reads, so everything is forgotten.
  const forget = () => {
    generation++;
    cache.clear();
  };
  return {
    async resolve(principal: Principal, path: NodePath, options?: ResolveOptions, call?: Call): Promise<Resolved> {
      const key = cacheKey(principal, path, options);
      const known = cache.get(key);
      if (known) return known;
      const askedIn = generation;
      const resolved = await catalog.resolve(principal, path, options, call);
      // An answer that was under way while something changed may be the old one.
      if (askedIn === generation) cache.set(key, resolved);
      return resolved;
    },
    children: (principal, path, request, call) => catalog.children(principal, path, request, call),
    nodes: (principal, ids, options, call) => catalog.nodes(principal, ids, options, call),
    scan: (principal, request, call) => catalog.scan(principal, request, call),
    registeredSources: (principal, uriPrefix, call) => catalog.registeredSources(principal, uriPrefix, call),
    async register(principal, registrations, call) {
      try {
        return await catalog.register(principal, registrations, call);
      } finally {
        forget();
      }
    },
    async remove(principal, path, call) {
      try {
        await catalog.remove(principal, path, call);
      } finally {
        forget();
      }
    },
    invalidate: forget,
  };
}

function cacheKey(principal: Principal, path: NodePath, options: ResolveOptions | undefined): string {
  const flags = `${options?.withDataSources ? 'd' : ''}${options?.withChildCount ? 'c' : ''}`;
  // Keys hold no slash. Scopes are part of who asks: a lesser key of the same user sees less.
  return `${flags}\n${principal.id}\n${principal.scopes.join(' ')}\n${path.join('/')}`;
}
