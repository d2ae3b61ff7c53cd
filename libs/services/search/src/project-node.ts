import { metadataWords, type JsonObject, type Node, type StructureFamily } from '@tessera/domain';

/** Raised when `projectNode` changes: an index filled by an older one is filled again at start. */
export const projectionVersion = 1;

/** What of a node is searchable, named as the columns of `search.documents`. */
export interface Document {
  readonly node_id: number;
  readonly parent_id: number;
  readonly key: string;
  readonly family: StructureFamily;
  readonly metadata: JsonObject;
  readonly specs: readonly string[];
  readonly words: readonly string[];
  readonly revision: number;
}

/** Undefined for the root: it is in no container, so no search finds it. */
export function projectNode(node: Node): Document | undefined {
  if (node.parentId === undefined) return undefined;
  return {
    node_id: node.id,
    parent_id: node.parentId,
    key: node.path[node.path.length - 1]!,
    family: node.structure.family,
    metadata: node.metadata,
    specs: node.specs.map((spec) => spec.name),
    words: [...metadataWords(node.metadata)],
    revision: node.revision,
  };
}
