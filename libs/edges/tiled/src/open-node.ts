import { formatNodePath, TesseraError, type Call, type Catalog, type Node, type NodePath, type Principal, type ResolveOptions, type StructureFamily } from '@tessera/domain';
import { callOf, nodePathOf, principalOf } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A node that a request is about, with who asks. */
export interface OpenedNode {
  readonly principal: Principal;
  readonly path: NodePath;
  readonly node: Node;
  /** The column of the table `node`, which then is an array of its own. */
  readonly column?: string;
  /** What the path leads to: an array, if it is a column. */
  readonly family: StructureFamily;
  readonly call: Call;
}

/**
 * The node that the rest of the request's path names.
 * @throws TesseraError not_found if there is none, or it is of no family that the route serves; gone if it cannot be read.
 */
export async function openNode(
  catalog: Catalog, request: FastifyRequest, reply: FastifyReply, families: readonly StructureFamily[] | 'any', options?: ResolveOptions,
): Promise<OpenedNode> {
  const principal = principalOf(request);
  const call = callOf(request, reply);
  const path = nodePathOf(request);
  const { node, column } = await catalog.resolve(principal, path, options, call);
  if (node.problem !== undefined) throw new TesseraError('gone', node.problem);
  const family = column === undefined ? node.structure.family : 'array';
  if (families !== 'any' && !families.includes(family)) {
    throw new TesseraError('not_found', `The node at ${formatNodePath(path)} is of the structure family ${family}; this route serves ${families.join(' and ')} only.`);
  }
  return { principal, path, node, ...(column === undefined ? {} : { column }), family, call };
}
