import type { Call, DataType } from '@tessera/domain';
import type { RecordBatch, Schema } from 'apache-arrow';

/** An array on its way out. `bytes` is in C order, in the type's own byte order, cut anywhere. */
export interface ArraySource {
  readonly dataType: DataType;
  readonly shape: readonly number[];
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** A table on its way out, columns in the order wanted. */
export interface TableSource {
  readonly schema: Schema;
  readonly batches: AsyncIterable<RecordBatch>;
}

/** A sparse array as a table of columns dim0…dimN-1 and data. */
export type SparseSource = TableSource;

export interface ExportOptions {
  /** As asked for, with its parameters: `text/csv;header=absent`. */
  readonly mediaType: string;
  readonly call?: Call | undefined;
}

/**
 * Turns data into a media type, in order, in bounded pieces. `export` itself throws
 * what can be known before any data are read.
 * @throws TesseraError not_acceptable if this data does not fit the media type, too_large if it is more than it may carry.
 */
export interface Exporter<Source> {
  export(source: Source, options: ExportOptions): AsyncIterable<Uint8Array>;
}

export type ArrayExporter = Exporter<ArraySource>;
export type TableExporter = Exporter<TableSource>;
export type SparseExporter = Exporter<SparseSource>;
