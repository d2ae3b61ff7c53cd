// Lines of JSON: partitions are byte ranges that start and end between lines, found when the file was indexed.
import { TesseraError, type ByteStore, type Call } from '@tessera/domain';
import { batchOf, jsonColumn, LineSplitter, ownValue, parseLine, selectFields, type RecordBatch } from '@tessera/arrow';
import type { PartitionRequest, TableDecoder } from '../table-decoder.ts';
import { partitionText } from '../text/partition-text.ts';

const maxBatchRowCount = 8192;
/** Values of one batch: rows are fewer where there are many columns, of which a line may have few. */
const batchCellCount = 2 ** 20;
const batchByteLength = 4 * 2 ** 20;

export const jsonlDecoder: TableDecoder = {
  name: 'jsonl',
  async *batches({ schema, partition, columnIndices }: PartitionRequest, store: ByteStore, call?: Call): AsyncGenerator<RecordBatch> {
    const wanted = selectFields(schema, columnIndices);
    const batchRowCount = Math.min(maxBatchRowCount, Math.max(64, Math.floor(batchCellCount / Math.max(columnIndices.length, 1))));
    const splitter = new LineSplitter();
    let rows: Readonly<Record<string, unknown>>[] = [];
    let byteLength = 0;
    let rowCount = 0;
    const finish = () => {
      const batch = batchOf(wanted, wanted.fields.map(({ name, type }) => jsonColumn(type, rows.map((row) => ownValue(row, name)))), rows.length);
      rows = [];
      byteLength = 0;
      return batch;
    };
    for await (const { piece, isLast } of partitionText(partition, store, call)) {
      for (const { bytes } of splitter.push(piece, isLast)) {
        const row = rowOf(bytes);
        if (!row) continue;
        rows.push(row);
        byteLength += bytes.byteLength;
        rowCount++;
        if (rows.length === batchRowCount || byteLength > batchByteLength) yield finish();
      }
    }
    if (rows.length > 0) yield finish();
    if (rowCount !== partition.rowCount) throw changed();
  },
};

function rowOf(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    return parseLine(bytes);
  } catch (cause) {
    throw changed(cause);
  }
}

function changed(cause?: unknown): TesseraError {
  return new TesseraError('stale', 'The file has changed since it was indexed: it does not have the rows that it had.', {}, { cause });
}
