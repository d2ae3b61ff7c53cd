import type { Call, Catalog, Node, Principal } from '@tessera/domain';
import { nodeDocument, type NodeDocument } from './documents/node.ts';
import { isDataset } from './export-dataset.ts';
import type { RequestedView } from './parse-view.ts';

/** More children than this are for paging. */
const maxInlined = 500;

/**
 * The children of a dataset of a few arrays, to stand in its own document: clients of such
 * datasets need them all, and spare a request each. Null for other nodes.
 */
export async function inlineContents(
  catalog: Catalog, principal: Principal, node: Node, view: RequestedView, base: string, call: Call,
): Promise<Record<string, NodeDocument> | null> {
  if (!isDataset(node) || view.maxDepth === 0 || !view.fields.has('structure') || (node.childCount ?? Infinity) > maxInlined) return null;
  const { items } = await catalog.children(principal, node.path, { page: { limit: maxInlined }, sort: [], readableOnly: true, withChildCount: true }, call);
  // Clients take all that stands here for variables; groups inside are found by their path, and by search.
  const variables = items.filter((child) => child.structure.family === 'array');
  return Object.fromEntries(variables.map((child) => [child.path.at(-1)!, nodeDocument(base, child, view)]));
}
