import type { Exporter } from '@tessera/domain';
import type { RecordBatch, Schema } from 'apache-arrow';

export type { ArrayExporter, ArraySource, ExportOptions, Exporter } from '@tessera/domain';

/** A table on its way out, columns in the order wanted. */
export interface TableSource {
  readonly schema: Schema;
  readonly batches: AsyncIterable<RecordBatch>;
  /** How many rows there are at most, where that is known before they are read. */
  readonly rowCount?: number;
  /** Whether some of them may be left out, so that there can be fewer. */
  readonly isFiltered?: boolean;
  /** Reads one column, by its place, once more: for formats that go through a table more than once. */
  readonly column?: (index: number) => AsyncIterable<RecordBatch>;
}

/** A sparse array as a table of columns dim0…dimN-1 and data. */
export type SparseSource = TableSource;

export type TableExporter = Exporter<TableSource>;
export type SparseExporter = Exporter<SparseSource>;
