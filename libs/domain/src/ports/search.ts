import type { Principal } from '../access/principal.ts';
import type { Page, PageRequest, Query, SortItem } from '../query/query.ts';
import type { Call } from './call.ts';

export interface FindRequest {
  /** Container whose children are searched. */
  readonly parentId: number;
  readonly query: Query;
  readonly page: PageRequest;
  readonly sort: readonly SortItem[];
  readonly exactCount?: boolean;
}

/** An index of metadata of its own, fed by the catalog's events. */
export interface Search {
  /** Ids of the children that match, in order. */
  find(principal: Principal, request: FindRequest, call?: Call): Promise<Page<number>>;
  /** How far the index has come: number of documents, and the last event it took. */
  status(call?: Call): Promise<{ readonly documents: number; readonly sequence: number }>;
  /** Drops the index and fills it again from the catalog. */
  rebuild(call?: Call): Promise<void>;
}

