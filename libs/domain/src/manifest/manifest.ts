import type { DataType, ScalarType } from '../structure/data-type.ts';
import type { ChunkGrid } from './chunk-grid.ts';
import type { ChunkRefs } from './chunk-refs.ts';
import type { Source } from './indexed-source.ts';

/** One step of a codec pipeline, named as in the Zarr v3 registry where it is there. */
export interface CodecSpec {
  readonly name: string;
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** Where the bytes of one array are, and how to decode them. Immutable; its id is a hash. */
export interface ArrayManifest {
  readonly kind: 'array';
  readonly dataType: DataType;
  readonly grid: ChunkGrid;
  /**
   * Whether a chunk that hangs over the edge of the array is stored whole
   * ('padded': zarr, HDF5) or cut ('clipped': npy, contiguous).
   */
  readonly edge: 'padded' | 'clipped';
  /** Bytes of one element, used where a chunk was never written; absent = zeros. */
  readonly fillValue?: Uint8Array;
  /** In encoding order as in Zarr v3: array→array*, array→bytes, bytes→bytes*. */
  readonly codecs: readonly CodecSpec[];
  readonly refs: ChunkRefs;
  readonly sources: readonly Source[];
  /** The data may change without a source that tells: kept only with what tells them apart, no ETag but of the bytes themselves. */
  readonly volatile?: boolean;
}

/** Rows of a table that are read together. */
export interface Partition {
  readonly uri: string;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly rowCount: number;
  /** What only the decoder understands: e.g. the row group of a Parquet file. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface TableManifest {
  readonly kind: 'table';
  /** Encapsulated Arrow IPC schema message (Arrow columnar format, "Encapsulated message format"). */
  readonly schema: Uint8Array;
  readonly partitions: readonly Partition[];
  /** Names the source-to-batches decoder, e.g. `arrow`, `parquet`, `csv`. */
  readonly decoder: CodecSpec;
  readonly sources: readonly Source[];
  readonly volatile?: boolean;
}

/** COO blocks: partition i of `blocks` holds columns dim0…dimN-1 and data of chunk ordinal i, coordinates local to the block. */
export interface SparseManifest {
  readonly kind: 'sparse';
  readonly dataType: DataType;
  readonly coordinateType: ScalarType;
  readonly grid: ChunkGrid;
  readonly blocks: TableManifest;
  readonly sources: readonly Source[];
}

export type Manifest = ArrayManifest | TableManifest | SparseManifest;
