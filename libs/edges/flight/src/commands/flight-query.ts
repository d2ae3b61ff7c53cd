import type { NodePath, RowRange, Selection, TableFilter } from '@tessera/domain';

/** What a descriptor asks for: a node, and what part of it. */
export interface FlightQuery {
  readonly path: NodePath;
  /** Of tables. */
  readonly columns?: readonly string[];
  readonly rows?: RowRange;
  readonly filter?: TableFilter;
  /** Of arrays. */
  readonly selection?: Selection;
}
