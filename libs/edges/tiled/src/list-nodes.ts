import { isTesseraError, type Call, type Catalog, type Node, type Page, type PageRequest, type Principal, type Query, type Search, type SortItem } from '@tessera/domain';

export interface Listing {
  readonly parent: Node;
  readonly query: Query | undefined;
  readonly page: PageRequest;
  readonly sort: readonly SortItem[];
  readonly exactCount: boolean;
  /** Broken nodes have a key, which is listed, but nothing else. */
  readonly readableOnly: boolean;
  readonly withDataSources: boolean;
  readonly withChildCount: boolean;
}

/** Children of a container: the catalog lists them, the search finds them, and the catalog tells what they are. */
export async function listNodes(catalog: Catalog, search: Search, principal: Principal, listing: Listing, call: Call): Promise<Page<Node>> {
  const { parent, query, page, sort, exactCount, readableOnly, ...options } = listing;
  if (query === undefined) return catalog.children(principal, parent.path, { page, sort, exactCount, readableOnly, ...options }, call);
  const key = singleKey(query);
  if (key !== undefined) return lookUp(catalog, principal, key, listing, call);
  const found = await search.find(principal, { parentId: parent.id, query, page, sort, exactCount }, call);
  const nodes = found.items.length === 0 ? [] : await catalog.nodes(principal, found.items, options, call);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const items = found.items.flatMap((id) => {
    const node = byId.get(id);
    return node === undefined || (readableOnly && node.problem !== undefined) ? [] : [node];
  });
  return { items, count: found.count, ...(found.next ? { next: found.next } : {}) };
}

/** A key alone is the catalog's to look up: its answer needs no index. */
function singleKey(query: Query): string | undefined {
  return query.op === 'keys' && query.keys.length === 1 ? query.keys[0] : undefined;
}

async function lookUp(catalog: Catalog, principal: Principal, key: string, listing: Listing, call: Call): Promise<Page<Node>> {
  const { parent, page, withDataSources, withChildCount } = listing;
  const child = await resolveChild();
  if (!child || (listing.readableOnly && child.problem !== undefined)) return { items: [], count: 0 };
  const isOnPage = page.limit > 0 && !page.offset && page.cursor === undefined;
  return { items: isOnPage ? [child] : [], count: 1 };

  async function resolveChild(): Promise<Node | undefined> {
    if (key === '' || key.includes('/')) return undefined;
    try {
      return (await catalog.resolve(principal, [...parent.path, key], { withDataSources, withChildCount }, call)).node;
    } catch (error) {
      if (isTesseraError(error, 'not_found')) return undefined;
      throw error;
    }
  }
}
