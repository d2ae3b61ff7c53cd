import type { Exporter } from '@tessera/domain';
import type { RecordBatch, Schema } from 'apache-arrow';

export type { ArrayExporter, ArraySource, ExportOptions, Exporter } from '@tessera/domain';

/** A table on its way out, columns in the order wanted. */
export interface TableSource {
  readonly schema: Schema;
  readonly batches: AsyncIterable<RecordBatch>;
}

/** A sparse array as a table of columns dim0…dimN-1 and data. */
export type SparseSource = TableSource;

export type TableExporter = Exporter<TableSource>;
export type SparseExporter = Exporter<SparseSource>;
