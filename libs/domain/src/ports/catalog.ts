import type { Principal } from '../access/principal.ts';
import type { Source } from '../manifest/indexed-source.ts';
import type { Node, NodeDraft } from '../node/node.ts';
import type { NodePath } from '../node/node-path.ts';
import type { Page, PageRequest, SortItem } from '../query/query.ts';
import type { Call } from './call.ts';

/** The node at a path. A column of a table is addressed below it: then `node` is the table. */
export interface Resolved {
  readonly node: Node;
  readonly column?: string;
}

export interface ResolveOptions {
  readonly withDataSources?: boolean;
  /** Fill `childCount` of a container. */
  readonly withChildCount?: boolean;
}

export interface ListRequest {
  readonly page: PageRequest;
  readonly sort: readonly SortItem[];
  /** Exact count, however long it takes; otherwise up to a bound. */
  readonly exactCount?: boolean;
  /** Leave out children that cannot be read. */
  readonly readableOnly?: boolean;
  readonly withDataSources?: boolean;
  /** Fill `childCount` of containers. */
  readonly withChildCount?: boolean;
}

/** A node and all below it, replaced or added in one step. */
export interface Registration {
  readonly parent: NodePath;
  readonly key: string;
  /** The first has the empty path; a parent comes before its children. */
  readonly drafts: readonly NodeDraft[];
  /** What to do if the key exists: fail with `conflict`, replace the subtree, or keep a container and add to it. */
  readonly ifExists: 'fail' | 'replace' | 'keep';
}

/** What is registered of a file. */
export interface RegisteredSource extends Source {
  readonly path: NodePath;
}

/** The next nodes of the whole tree, in the order of their ids. */
export interface ScanRequest {
  /** The last id of the previous part; absent = from the start. */
  readonly afterId?: number;
  readonly limit: number;
}

/** Nodes, metadata, structures: the truth of the tree. */
export interface Catalog {
  /**
   * Walks a path in one query. A node with a `problem` resolves: it has a key and metadata, but no data.
   * @throws TesseraError not_found (`No such entry: ['a', 'b']`, the whole path) if a key is unknown; gone if
   *   the path leads on below a node with a problem; permission_denied if the principal may not read metadata.
   */
  resolve(principal: Principal, path: NodePath, options?: ResolveOptions, call?: Call): Promise<Resolved>;
  /** Children of a container, in pages. @throws TesseraError not_found if it is not a container. */
  children(principal: Principal, path: NodePath, request: ListRequest, call?: Call): Promise<Page<Node>>;
  /** Nodes by id, in any order; ids that are gone are left out. */
  nodes(principal: Principal, ids: readonly number[], options?: ResolveOptions, call?: Call): Promise<readonly Node[]>;
  /** All nodes but the root, a part at a time, by id: for indexes that are filled anew. None means the end. */
  scan(principal: Principal, request: ScanRequest, call?: Call): Promise<readonly Node[]>;
  /** Adds subtrees, each wholly or not at all, with their events. Returns the top node of each. */
  register(principal: Principal, registrations: readonly Registration[], call?: Call): Promise<readonly Node[]>;
  /** Removes a node and all below it. @throws TesseraError not_found. */
  remove(principal: Principal, path: NodePath, call?: Call): Promise<void>;
  /** Which files below a URI prefix are registered, and as they were then. */
  registeredSources(principal: Principal, uriPrefix: string, call?: Call): Promise<readonly RegisteredSource[]>;
}
