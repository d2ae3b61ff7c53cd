import type { Principal } from '../access/principal.ts';
import type { Selection } from '../selection/selection.ts';
import type { Call } from './call.ts';
import type { Resolved } from './catalog.ts';

/** What of the tree is to leave as one file, and for whom. */
export interface TreeRequest {
  readonly principal: Principal;
  /** A container with all below it, a table, an array, or a column of a table. */
  readonly resolved: Resolved;
  /** Of a container or table: the children wanted, in any order; absent = all. */
  readonly fields?: readonly string[];
  /** Of an array: the part wanted; absent = the whole. */
  readonly selection?: Selection;
  readonly call: Call;
}

/** A file that is made while it is sent. */
export interface TreeFile {
  /** Where it is known before anything is read. */
  readonly byteLength?: number;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/**
 * Writes a part of the tree as one file, front to back, in memory that does not grow with the data.
 * What the principal may not see is not in it, nor is what cannot be read.
 */
export interface TreeExporter {
  /**
   * Nothing is read of the data before the pieces are asked for.
   * @throws TesseraError too_large for more nodes than a file may have, not_acceptable for what the format has no place for.
   */
  export(request: TreeRequest): Promise<TreeFile>;
}
