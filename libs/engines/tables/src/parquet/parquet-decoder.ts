// Row groups of a Parquet file; only the column chunks wanted are read.
import { TesseraError, type ByteStore, type Call } from '@tessera/domain';
import { columnIndices as indicesOf, flattenBatch, flattenSchema, rangeReader, readParquet, selectColumns, selectFields, type RecordBatch } from '@tessera/arrow';
import type { PartitionRequest, TableDecoder } from '../table-decoder.ts';

/** Values of one batch, about: rows are fewer where there are many columns. */
const batchCellCount = 2 ** 20;

export const parquetDecoder: TableDecoder = {
  name: 'parquet',
  async *batches({ manifest, schema, partition, columnIndices }: PartitionRequest, store: ByteStore, call?: Call): AsyncGenerator<RecordBatch> {
    const rowGroup = partition.detail?.['rowGroup'];
    if (typeof rowGroup !== 'number') return;
    const source = manifest.sources.find(({ uri }) => uri === partition.uri);
    const byteLength = source?.byteLength ?? (await store.stat(partition.uri, call))?.byteLength;
    if (byteLength === undefined) throw new TesseraError('gone', 'The file that this table was registered from is not there any more.');
    const wanted = selectFields(schema, columnIndices);
    const names = wanted.fields.map((field) => field.name);
    const batchRowCount = Math.min(65_536, Math.max(1024, Math.floor(batchCellCount / Math.max(names.length, 1))));
    const columns = hasUniqueNames(schema.fields.map((field) => field.name)) ? { columns: names } : {};
    for await (const batch of readParquet({ byteLength, read: rangeReader(store, partition.uri, call) }, { rowGroups: [rowGroup], batchRowCount, ...columns }, call)) {
      const isProjected = 'columns' in columns;
      // The decoder gives columns in the order of the file.
      const picked = selectColumns(batch, isProjected ? indicesOf(batch.schema, names) : columnIndices);
      const flat = flattenBatch(picked, wanted);
      if (flat.schema.fields.some((field, i) => field.type.toString() !== flattenSchema(picked.schema).fields[i]!.type.toString())) {
        throw new TesseraError('stale', 'The Parquet file has changed since it was indexed.');
      }
      yield flat;
    }
  },
};

function hasUniqueNames(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}
