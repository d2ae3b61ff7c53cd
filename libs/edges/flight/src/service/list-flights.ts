import { isTesseraError, TesseraError, type Call, type Catalog, type Node, type Principal, type Search } from '@tessera/domain';
import type { FlightCriteria } from '../commands/parse-criteria.ts';

const pageLimit = 100;
/** Containers in containers: deeper than any tree that people make. */
const maxDepth = 100;

/** The tables and arrays below a node, or below those of its children that are searched for; what cannot be read is left out. */
export async function* listFlights(catalog: Catalog, search: Search, principal: Principal, { path, query }: FlightCriteria, call: Call): AsyncGenerator<Node> {
  const { node, column } = await catalog.resolve(principal, path, {}, call);
  if (column !== undefined) throw new TesseraError('not_found', 'This is a column of a table: list the table, and ask for the column by a command.');
  if (query === undefined) {
    yield* flightsIn(catalog, principal, node, 0, call);
    return;
  }
  for await (const found of matches(catalog, search, principal, node, query, call)) yield* flightsIn(catalog, principal, found, 0, call);
}

async function* flightsIn(catalog: Catalog, principal: Principal, node: Node, depth: number, call: Call): AsyncGenerator<Node> {
  if (node.problem !== undefined) return;
  if (node.structure.family !== 'container') {
    if (['table', 'array', 'sparse'].includes(node.structure.family)) yield node;
    return;
  }
  if (depth >= maxDepth) return;
  for await (const child of children(catalog, principal, node, call)) yield* flightsIn(catalog, principal, child, depth + 1, call);
}

async function* children(catalog: Catalog, principal: Principal, parent: Node, call: Call): AsyncGenerator<Node> {
  const sort = [{ key: { column: 'default' }, direction: 1 } as const];
  for (let cursor: number | undefined; ;) {
    const page = await orNone(catalog.children(principal, parent.path, { page: { limit: pageLimit, ...(cursor === undefined ? {} : { cursor }) }, sort, readableOnly: true }, call));
    yield* page?.items ?? [];
    if (!page?.next || !('cursor' in page.next)) return;
    cursor = page.next.cursor;
  }
}

async function* matches(catalog: Catalog, search: Search, principal: Principal, parent: Node, query: NonNullable<FlightCriteria['query']>, call: Call): AsyncGenerator<Node> {
  for (let offset = 0; ;) {
    const page = await search.find(principal, { parentId: parent.id, query, page: { limit: pageLimit, offset }, sort: [] }, call);
    const nodes = new Map((await catalog.nodes(principal, page.items, {}, call)).map((node) => [node.id, node]));
    yield* page.items.flatMap((id) => nodes.get(id) ?? []);
    if (!page.next || page.items.length === 0) return;
    offset += page.items.length;
  }
}

/** A container that went away meanwhile has nothing to list. */
async function orNone<Value>(listing: Promise<Value>): Promise<Value | undefined> {
  try {
    return await listing;
  } catch (error) {
    if (isTesseraError(error, 'not_found') || isTesseraError(error, 'gone')) return undefined;
    throw error;
  }
}
