import type { Ticket } from '../access/ticket.ts';
import type { ChunkGrid } from '../manifest/chunk-grid.ts';
import type { CodecSpec } from '../manifest/manifest.ts';
import type { TableFilter } from '../query/table-filter.ts';
import type { Selection } from '../selection/selection.ts';
import type { ArrayStructure } from '../structure/structure.ts';
import type { DataType } from '../structure/data-type.ts';
import type { Call } from './call.ts';

/** What is stored of an array, without where: enough to publish it, e.g. as zarr. */
export interface ArrayLayout {
  readonly dataType: DataType;
  readonly grid: ChunkGrid;
  readonly edge: 'padded' | 'clipped';
  readonly fillValue?: Uint8Array;
  readonly codecs: readonly CodecSpec[];
  readonly volatile: boolean;
}

/** The chunk of a regular grid as a front door publishes it. */
export interface ChunkRequest {
  readonly chunkIndex: readonly number[];
  /** Published chunk shape; edge chunks are padded to it. */
  readonly chunkShape: readonly number[];
  /** Published codecs; if they are the stored ones the bytes pass through undecoded. */
  readonly codecs: readonly CodecSpec[];
  /** A column of a table, read as an array. */
  readonly column?: string;
  /** A chunk that was never written is one of fill values, not undefined: for those who cannot publish the fill value. */
  readonly isFilled?: boolean;
  /** The version that the caller has: if it is still that one, its bytes are not read again. */
  readonly knownVersion?: string;
  /** Only these bytes of the encoded chunk are wanted. A chunk that has to be made is given whole nevertheless. */
  readonly range?: ChunkRange;
}

/** Part of an encoded chunk: up to the byte before `end`, which may lie beyond it, or its last bytes. */
export type ChunkRange = { readonly start: number; readonly end?: number } | { readonly suffixByteLength: number };

/** A chunk, encoded as asked. */
export interface EncodedChunk {
  /** Absent if the caller has them: `version` is then the one it named. */
  readonly bytes?: Uint8Array;
  /** Tells these bytes from others that the same request may get another time; absent if nothing can tell, or nothing changes them. */
  readonly version?: string;
  /** Of the whole chunk, if `bytes` are only the range that was asked for, cut at its end. */
  readonly totalByteLength?: number;
  /** Gives the memory of `bytes` back, once nobody has any more use of them (see `Loan`). Need not be called. */
  readonly release?: () => void;
}

export interface ArrayRequest {
  readonly selection: Selection;
  /** One chunk of the stored grid instead of the whole; the selection then counts within it. */
  readonly block?: readonly number[];
  readonly mediaType: string;
  readonly column?: string;
}

/** Neighbouring rows: from `start` up to the one before `stop`; absent = to the end. */
export interface RowRange {
  readonly start: number;
  /** May lie beyond the end. */
  readonly stop?: number;
}

/** Neighbouring partitions of a table, from `start` up to the one before `stop`. */
export interface PartitionRange {
  readonly start: number;
  readonly stop: number;
}

export interface TableRequest {
  /** In the order wanted; absent = all. */
  readonly columns?: readonly string[];
  /** Absent = all partitions. */
  readonly partitions?: PartitionRange;
  /** Counted from the first row of the partitions named, before the filter; absent = all. */
  readonly rows?: RowRange;
  /** Only rows for which this is true. It may speak of columns that are not among `columns`. */
  readonly filter?: TableFilter;
  readonly mediaType: string;
}

export interface ByteRange {
  /** First byte. */
  readonly byteOffset: number;
  readonly byteLength?: number;
}

/** Bytes of arrays and tables. Needs storage and a ticket, nothing else. */
export interface Reader {
  /** How an array (or a column, or a sparse array as dense) is laid out. */
  describe(ticket: Ticket, column: string | undefined, call?: Call): Promise<ArrayLayout>;
  /** One chunk, encoded as asked. Undefined if nothing was ever written there: the fill value counts. */
  readChunk(ticket: Ticket, request: ChunkRequest, call?: Call): Promise<EncodedChunk | undefined>;
  /**
   * Part of an array or sparse array in a media type, in order, in bounded pieces.
   * @throws TesseraError before the first piece for what is wrong with the request.
   */
  readArray(ticket: Ticket, request: ArrayRequest, call?: Call): AsyncIterable<Uint8Array>;
  /**
   * Part of a table in a media type, in bounded pieces.
   * @throws TesseraError before the first piece for what is wrong with the request.
   */
  readTable(ticket: Ticket, request: TableRequest, call?: Call): AsyncIterable<Uint8Array>;
}

/** Structure of a described array. */
export function structureOf(layout: ArrayLayout): ArrayStructure {
  return { dataType: layout.dataType, shape: layout.grid.shape, chunks: layout.grid.chunks };
}
