// Parquet files: partitions are row groups.
import { TesseraError, type ByteStore, type Call, type Entry, type Format, type IndexedNode } from '@tessera/domain';
import { describeParquet, flattenSchema, isParquetMagic, rangeReader } from '@tessera/arrow';
import { hasSuffix, tableNode } from '../arrow/table-node.ts';

const mediaType = 'application/x-parquet';

export const parquetFormat: Format = {
  name: 'parquet',
  mediaTypes: [mediaType, 'application/vnd.apache.parquet'],
  sniff: (entry, head) => !entry.isDirectory && (isParquetMagic(head) || hasSuffix(entry, ['.parquet', '.pq'])),
  async *index(entry: Entry, store: ByteStore, _parameters, call?: Call): AsyncGenerator<IndexedNode> {
    const byteLength = entry.byteLength ?? (await store.stat(entry.uri, call))?.byteLength;
    if (byteLength === undefined) throw new TesseraError('gone', 'The file is not there.');
    const { schema, rowGroups } = await describeParquet({ byteLength, read: rangeReader(store, entry.uri, call) }, call);
    const partitions = rowGroups.map(({ rowCount, byteLength: groupByteLength }, rowGroup) => ({
      uri: entry.uri, byteOffset: 0, byteLength: groupByteLength, rowCount, detail: { rowGroup },
    }));
    // A table without rows still has a partition, which is empty.
    const all = partitions.length > 0 ? partitions : [{ uri: entry.uri, byteOffset: 0, byteLength: 0, rowCount: 0 }];
    // Dictionaries are of each row group's own: columns are published with the type of their values.
    yield tableNode({ ...entry, byteLength }, { schema: flattenSchema(schema), partitions: all, decoder: { name: 'parquet' }, mediaType });
  },
};
