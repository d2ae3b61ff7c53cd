import type { ChunkGrid } from '../manifest/chunk-grid.ts';
import type { DataType, ScalarType } from './data-type.ts';

export const structureFamilies = ['array', 'awkward', 'bytes', 'container', 'ragged', 'sparse', 'table'] as const;
export type StructureFamily = (typeof structureFamilies)[number];

export interface ArrayStructure extends ChunkGrid {
  readonly dataType: DataType;
  /** Names of the axes, if they have any. */
  readonly dims?: readonly string[];
}

export interface SparseStructure extends ChunkGrid {
  readonly dataType: DataType;
  readonly coordinateType: ScalarType;
  readonly dims?: readonly string[];
}

export interface TableStructure {
  /** Encapsulated Arrow IPC schema message, base64. */
  readonly arrowSchema: string;
  readonly columns: readonly string[];
  readonly partitionCount: number;
  /** Total rows, where known. */
  readonly rowCount?: number;
}

/** Structure of a node by its family; containers and bytes have none of their own. */
export type Structure =
  | { readonly family: 'array'; readonly array: ArrayStructure }
  | { readonly family: 'sparse'; readonly sparse: SparseStructure }
  | { readonly family: 'table'; readonly table: TableStructure }
  | { readonly family: 'container' }
  | { readonly family: 'bytes' };
