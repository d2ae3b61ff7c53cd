// Lines of a CSV file: partitions are byte ranges that start and end between records, found when it was indexed.
import { TesseraError, type ByteStore, type Call } from '@tessera/domain';
import { batchOf, columnBuilder, RecordSplitter, selectFields, type CsvEncoding, type CsvType, type RecordBatch } from '@tessera/arrow';
import type { PartitionRequest, TableDecoder } from '../table-decoder.ts';
import { partitionText } from '../text/partition-text.ts';

export interface CsvDecoderConfiguration {
  readonly delimiter: string;
  readonly encoding: CsvEncoding;
  /** By column of the schema. */
  readonly types: readonly CsvType[];
}

const batchRowCount = 65_536;
const batchByteLength = 8 * 2 ** 20;

export const csvDecoder: TableDecoder = {
  name: 'csv',
  async *batches({ manifest, schema, partition, columnIndices }: PartitionRequest, store: ByteStore, call?: Call): AsyncGenerator<RecordBatch> {
    // Files that make one table may be written in different ways.
    const { delimiter, encoding, types } = { ...manifest.decoder.configuration, ...partition.detail } as unknown as CsvDecoderConfiguration;
    const splitter = new RecordSplitter(delimiter.charCodeAt(0));
    const builders = columnIndices.map((index) => columnBuilder(types[index]!, encoding));
    const wanted = selectFields(schema, columnIndices);
    let rowCount = 0;
    let totalRowCount = 0;
    const finish = () => {
      const batch = batchOf(wanted, builders.map((builder) => builder.finish()), rowCount);
      rowCount = 0;
      return batch;
    };
    for await (const { piece, isLast } of partitionText(partition, store, call)) {
      for (const record of splitter.push(piece, isLast)) {
        columnIndices.forEach((index, i) => builders[i]!.add(record.field(index)));
        rowCount++;
        totalRowCount++;
        // Looking at every builder after every row would cost more than the parsing.
        const isFull = rowCount === batchRowCount || ((rowCount & 255) === 0 && builders.reduce((sum, builder) => sum + builder.byteLength, 0) > batchByteLength);
        if (isFull) yield finish();
      }
    }
    if (rowCount > 0) yield finish();
    if (totalRowCount !== partition.rowCount) throw new TesseraError('stale', 'The CSV file has changed since it was indexed: it does not have the rows that it had.');
  },
};
