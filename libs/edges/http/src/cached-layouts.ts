import type { ArrayLayout, Reader } from '@tessera/domain';
import { LRUCache } from 'lru-cache';

/** A reader that remembers how arrays are laid out. Manifests never change, so nothing is ever out of date. */
export function withLayoutCache(reader: Reader, { maxEntries }: { readonly maxEntries: number }): Reader {
  const cache = new LRUCache<string, ArrayLayout>({ max: maxEntries });
  return {
    async describe(ticket, column, call) {
      const key = column === undefined ? ticket.manifestId : `${ticket.manifestId}\n${column}`;
      const known = cache.get(key);
      if (known) return known;
      const layout = await reader.describe(ticket, column, call);
      cache.set(key, layout);
      return layout;
    },
    readChunk: (ticket, request, call) => reader.readChunk(ticket, request, call),
    readArray: (ticket, request, call) => reader.readArray(ticket, request, call),
    readTable: (ticket, request, call) => reader.readTable(ticket, request, call),
  };
}
