import type { ChunkGrid, DataType, JsonObject } from '@tessera/domain';

/** A tree that is to become a file: known wholly before any data are read. */
export interface GroupPlan {
  readonly kind: 'group';
  readonly name: string;
  readonly attributes: JsonObject;
  readonly children: readonly (GroupPlan | ArrayPlan)[];
}

/** An array of the tree. */
export interface ArrayPlan {
  readonly kind: 'array';
  readonly name: string;
  readonly attributes: JsonObject;
  readonly dataType: DataType;
  /** Shape, and how it is best cut. */
  readonly grid: ChunkGrid;
  readonly source: ArrayData;
}

/** Where the elements come from: in C order as a whole, or, of arrays that have no such order, by chunks of one size, padded. */
export type ArrayData =
  | { readonly order: 'elements'; readonly pieces: () => AsyncIterable<Uint8Array> }
  | { readonly order: 'chunks'; readonly chunkShape: readonly number[]; readonly pieces: () => AsyncIterable<Uint8Array> };
