// Row groups of a Parquet file. Columns without nesting are decoded in threads here; those of
// another form by parquet-wasm.
import { TesseraError, type ByteStore, type Call, type RowRange } from '@tessera/domain';
import {
  batchOf, columnIndices as indicesOf, flatColumn, flattenBatch, flattenSchema, isKnownChunk, rangeReader, readPageLocations, readParquet, readRowGroup, selectColumns, selectFields,
  type ParquetFooter, type ParquetSource, type RecordBatch, type Schema, type WantedColumn,
} from '@tessera/arrow';
import { sliceRows } from '../slice-rows.ts';
import { zipBatches } from '../zip-batches.ts';
import type { PartitionRequest, TableDecoder } from '../table-decoder.ts';
import { footerOf } from './kept-footers.ts';
import { selectRowRanges } from './select-row-ranges.ts';

/** Values of one batch, about: rows are fewer where there are many columns. */
const batchCellCount = 2 ** 20;

export const parquetDecoder: TableDecoder = {
  name: 'parquet',
  selectsRows: true,
  async *batches(request: PartitionRequest, store: ByteStore, call?: Call): AsyncGenerator<RecordBatch> {
    const { manifest, schema, partition, columnIndices, rows = { start: 0, stop: partition.rowCount } } = request;
    const rowGroup = partition.detail?.['rowGroup'];
    if (typeof rowGroup !== 'number') return;
    const source = manifest.sources.find(({ uri }) => uri === partition.uri);
    const byteLength = source?.byteLength ?? (await store.stat(partition.uri, call))?.byteLength;
    if (byteLength === undefined) throw new TesseraError('gone', 'The file that this table was registered from is not there any more.');
    const parquet = { byteLength, read: rangeReader(store, partition.uri, call) };
    const footer = await footerOf(manifest, partition.uri, parquet);
    if (footer.rowGroups[rowGroup]?.rowCount !== partition.rowCount) throw changed();
    const wanted = selectFields(schema, columnIndices);
    const ranges = await selectRowRanges({ footer, rowGroup, schema, rows, filter: request.filter, read: parquet.read });
    const isFlat = wanted.fields.every((field) => wantedColumn(footer, rowGroup, field));
    for (const range of isFlat ? ranges : spanOf(ranges)) {
      if (wanted.fields.length === 0) yield batchOf(wanted, [], range.stop - range.start);
      else yield* await readRows(request, { footer, rowGroup, wanted, rows: range, rowCount: partition.rowCount, source: parquet, call });
    }
  },
};

interface RowGroupRows {
  readonly footer: ParquetFooter;
  readonly rowGroup: number;
  readonly wanted: Schema;
  readonly rows: Required<RowRange>;
  readonly rowCount: number;
  readonly source: ParquetSource;
  readonly call: Call | undefined;
}

/** Columns that are decoded here, and those that are not, side by side. */
async function readRows(request: PartitionRequest, { footer, rowGroup, wanted, rows, rowCount, source, call }: RowGroupRows): Promise<AsyncIterable<RecordBatch>> {
  const isWhole = rows.stop - rows.start === rowCount;
  const found = await Promise.all(wanted.fields.map(async (field) => {
    const column = wantedColumn(footer, rowGroup, field);
    return column && !isWhole ? { ...column, pages: await readPageLocations(column.chunk, rowCount, source.read) } : column;
  }));
  const flat = found.filter((column) => column !== undefined);
  const others = request.columnIndices.filter((_, place) => !found[place]);
  const ours = () => readRowGroup({ schema: selectFields(wanted, placesOf(found, true)), columns: flat, rowCount, rows, read: source.read }, call);
  const theirs = () => sliceRows(decodeByWasm({ ...request, columnIndices: others }, source, rowGroup, call), rows);
  if (others.length === 0) return ours();
  return flat.length === 0 ? theirs() : zipBatches(wanted, [{ batches: ours(), places: placesOf(found, true) }, { batches: theirs(), places: placesOf(found, false) }]);
}

/** The other decoder begins at the row group's start each time. */
function spanOf(ranges: readonly Required<RowRange>[]): Required<RowRange>[] {
  return ranges.length === 0 ? [] : [{ start: ranges[0]!.start, stop: ranges.at(-1)!.stop }];
}

function placesOf(found: readonly unknown[], isFound: boolean): number[] {
  return [...found.keys()].filter((place) => (found[place] !== undefined) === isFound);
}

/** Undefined for a column that is not decoded here. */
function wantedColumn({ fields, rowGroups }: ParquetFooter, rowGroup: number, field: Schema['fields'][number]): WantedColumn | undefined {
  const stored = fields.filter(({ name }) => name === field.name);
  const flat = stored.length === 1 ? flatColumn(stored[0]!, field) : undefined;
  const chunk = flat && rowGroups[rowGroup]!.chunks[stored[0]!.leaf];
  return flat && isKnownChunk(chunk) ? { field, chunk, flat } : undefined;
}

async function* decodeByWasm({ schema, columnIndices }: PartitionRequest, source: ParquetSource, rowGroup: number, call: Call | undefined): AsyncGenerator<RecordBatch> {
  const wanted = selectFields(schema, columnIndices);
  const names = wanted.fields.map((field) => field.name);
  const batchRowCount = Math.min(65_536, Math.max(1024, Math.floor(batchCellCount / Math.max(names.length, 1))));
  const columns = hasUniqueNames(schema.fields.map((field) => field.name)) ? { columns: names } : {};
  for await (const batch of readParquet(source, { rowGroups: [rowGroup], batchRowCount, ...columns }, call)) {
    const isProjected = 'columns' in columns;
    // The decoder gives columns in the order of the file.
    const picked = selectColumns(batch, isProjected ? indicesOf(batch.schema, names) : columnIndices);
    const flat = flattenBatch(picked, wanted);
    if (flat.schema.fields.some((field, i) => field.type.toString() !== flattenSchema(picked.schema).fields[i]!.type.toString())) throw changed();
    yield flat;
  }
}

function changed(): TesseraError {
  return new TesseraError('stale', 'The Parquet file has changed since it was indexed.');
}

function hasUniqueNames(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}
