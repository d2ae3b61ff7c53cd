import { TesseraError, type ByteStore, type Call, type PartitionRange, type RowRange, type TableFilter, type TableManifest } from '@tessera/domain';
import { columnIndices, decodeSchemaMessage, selectFields, type RecordBatch, type Schema } from '@tessera/arrow';
import { planPartitions } from './plan-partitions.ts';
import { resolveTableDecoder } from './registry.ts';
import { sliceRows } from './slice-rows.ts';

/** What part of a table is read. */
export interface TableSelection {
  /** Names in the order wanted; absent = all. */
  readonly columns?: readonly string[] | undefined;
  /** Absent = all partitions, in order. */
  readonly partitions?: PartitionRange | undefined;
  /** Counted from the first row of these partitions; absent = all. */
  readonly rows?: RowRange | undefined;
  /** Only rows for which this is true. */
  readonly filter?: TableFilter | undefined;
}

/** A table that can be read. */
export interface Table {
  /** Of the whole table; metadata as the file has it. */
  readonly schema: Schema;
  /** Schema of some columns. @throws TesseraError invalid_argument: `No such field x.` */
  schemaOf(columns: readonly string[] | undefined): Schema;
  /** How many rows are selected, before the filter. @throws TesseraError as `batches`. */
  rowCountOf(selection: TableSelection): number;
  /**
   * The rows asked for, in batches of bounded size whose columns fit `schemaOf(columns)`. It throws at once, before
   * anything is read, what is wrong with the selection: `No such field x.`, `Partition out of range` (invalid_argument).
   */
  batches(selection?: TableSelection, call?: Call): AsyncIterable<RecordBatch>;
}

/** Opens a table by its manifest; reads nothing yet. */
export function openTable(manifest: TableManifest, store: ByteStore): Table {
  const schema = decodeSchemaMessage(manifest.schema);
  return {
    schema,
    schemaOf: (columns) => selectFields(schema, columnIndices(schema, columns)),
    rowCountOf: (selection) => planPartitions(manifest, selection).reduce((sum, { rows }) => sum + rows.stop - rows.start, 0),
    batches: (selection = {}, call) => {
      const indices = columnIndices(schema, selection.columns);
      const plan = planPartitions(manifest, selection);
      if (selection.filter) throw new TesseraError('unsupported', 'Filters are not answered by this version of the server.');
      return (async function* () {
        const decoder = await resolveTableDecoder(manifest.decoder.name);
        for (const { partition, rows } of plan) {
          const batches = decoder.batches({ manifest, schema, partition, columnIndices: indices }, store, call);
          yield* rows.stop - rows.start === partition.rowCount ? batches : sliceRows(batches, rows);
        }
      })();
    },
  };
}
