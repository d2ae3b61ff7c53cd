import type { ByteStore, Call, PartitionRange, RowRange, TableFilter, TableManifest } from '@tessera/domain';
import { columnIndices, decodeSchemaMessage, selectColumns, selectFields, takeRows, type RecordBatch, type Schema } from '@tessera/arrow';
import { bindFilter, boundColumns, type BoundFilter } from './filter/bind-filter.ts';
import { matchRows } from './filter/match-rows.ts';
import { planPartitions, type PartitionRows } from './plan-partitions.ts';
import { resolveTableDecoder } from './registry.ts';
import { sliceRows } from './slice-rows.ts';
import type { PartitionRequest } from './table-decoder.ts';

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
   * anything is read, what is wrong with the selection: `No such field x.`, `Partition out of range`, a
   * filter whose values do not fit their columns (invalid_argument).
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
      const filter = selection.filter && bindFilter(selection.filter, schema);
      const plan = planPartitions(manifest, selection);
      const read = { manifest, schema, store, call };
      return filter ? readFiltered(read, plan, indices, filter) : readPartitions(read, plan, indices);
    },
  };
}

interface TableRead extends Pick<PartitionRequest, 'manifest' | 'schema'> {
  readonly store: ByteStore;
  readonly call: Call | undefined;
}

async function* readPartitions({ manifest, schema, store, call }: TableRead, plan: readonly PartitionRows[], columnIndices: readonly number[], filter?: BoundFilter): AsyncGenerator<RecordBatch> {
  const decoder = await resolveTableDecoder(manifest.decoder.name);
  for (const { partition, rows } of plan) {
    const request = { manifest, schema, partition, columnIndices };
    if (decoder.selectsRows) yield* decoder.batches({ ...request, rows, ...(filter ? { filter } : {}) }, store, call);
    else if (rows.stop - rows.start === partition.rowCount) yield* decoder.batches(request, store, call);
    else yield* sliceRows(decoder.batches(request, store, call), rows);
  }
}

/** The filter's own columns are read too, and left out of what is given. */
async function* readFiltered(read: TableRead, plan: readonly PartitionRows[], indices: readonly number[], filter: BoundFilter): AsyncGenerator<RecordBatch> {
  const all = [...new Set([...indices, ...boundColumns(filter)])];
  const placeOf = new Map(all.map((column, place) => [column, place]));
  const wanted = indices.map((column) => placeOf.get(column)!);
  for await (const batch of readPartitions(read, plan, all, filter)) {
    const rows = matchRows(filter, batch.numRows, (column) => batch.data.children[placeOf.get(column)!]!);
    if (rows?.length === 0) continue;
    const selected = selectColumns(batch, wanted);
    yield rows ? takeRows(selected, rows) : selected;
  }
}
