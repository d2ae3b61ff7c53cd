import type { Json } from '../node/node.ts';
import type { StructureFamily } from '../structure/structure.ts';

/** Keys from the top of the metadata. */
export type MetadataPath = readonly string[];

/** What to look for. A missing key matches nothing but `present: false`. */
export type Query =
  | { readonly op: 'and' | 'or'; readonly queries: readonly Query[] }
  | { readonly op: 'not'; readonly query: Query }
  | { readonly op: 'eq' | 'noteq'; readonly key: MetadataPath; readonly value: Json }
  | { readonly op: 'compare'; readonly key: MetadataPath; readonly operator: 'lt' | 'gt' | 'le' | 'ge'; readonly value: Json }
  | { readonly op: 'contains'; readonly key: MetadataPath; readonly value: Json }
  | { readonly op: 'in' | 'notin'; readonly key: MetadataPath; readonly values: readonly Json[] }
  | { readonly op: 'fulltext'; readonly text: string }
  | { readonly op: 'regex'; readonly key: MetadataPath; readonly pattern: string; readonly caseSensitive: boolean }
  | { readonly op: 'like'; readonly key: MetadataPath; readonly pattern: string }
  | { readonly op: 'present'; readonly key: MetadataPath; readonly present: boolean }
  | { readonly op: 'specs'; readonly include: readonly string[]; readonly exclude: readonly string[] }
  | { readonly op: 'family'; readonly family: StructureFamily }
  | { readonly op: 'keys'; readonly keys: readonly string[] };

/** `key` is a metadata path, or one of the node's own columns. */
export interface SortItem {
  readonly key: { readonly metadata: MetadataPath } | { readonly column: 'id' | 'default' };
  readonly direction: 1 | -1;
}

/** Which part of a listing: after a cursor, or after a number of items. */
export interface PageRequest {
  readonly limit: number;
  readonly offset?: number;
  /** The last id of the previous page, in the default order. */
  readonly cursor?: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Total over all pages: exact if it was asked for, otherwise up to a bound. */
  readonly count: number;
  readonly next?: { readonly cursor: number } | { readonly offset: number };
}
