// A sheet of a workbook, streamed from its part of the zip file; the texts it names are held in memory meanwhile.
import type { ByteStore, Call } from '@tessera/domain';
import { batchOf, checkNotCancelled, rangeReader, readMember, selectFields, SharedStrings, sheetColumn, sheetRows, type Cell, type MemberPlace, type NumberMeaning, type RecordBatch, type SheetType } from '@tessera/arrow';
import type { PartitionRequest, TableDecoder } from '../table-decoder.ts';

export interface XlsxDecoderConfiguration {
  /** By column of the schema. */
  readonly types: readonly SheetType[];
  /** Of the first row of data in the sheet, from 0. */
  readonly firstRow: number;
  readonly meanings: readonly NumberMeaning[];
  readonly is1904: boolean;
  /** Where the texts of the workbook lie. */
  readonly strings?: MemberPlace;
}

const maxBatchRowCount = 8192;
const batchCellCount = 2 ** 18;
const maxPartByteLength = 2 ** 31;

export const xlsxDecoder: TableDecoder = {
  name: 'xlsx',
  async *batches({ manifest, schema, partition, columnIndices }: PartitionRequest, store: ByteStore, call?: Call): AsyncGenerator<RecordBatch> {
    const configuration = manifest.decoder.configuration as unknown as XlsxDecoderConfiguration;
    const { types, firstRow, meanings, is1904, strings } = configuration;
    const read = rangeReader(store, partition.uri, call);
    const needsTexts = columnIndices.some((index) => types[index] === 'utf8');
    const workbook = { meanings, is1904, ...(needsTexts && strings ? { strings: await SharedStrings.read(readMember(read, strings, maxPartByteLength)) } : {}) };
    const wanted = selectFields(schema, columnIndices);
    const places = new Map(columnIndices.map((column, place) => [column, place]));
    const batchRowCount = Math.min(maxBatchRowCount, Math.max(64, Math.floor(batchCellCount / Math.max(columnIndices.length, 1))));
    const place: MemberPlace = { byteOffset: partition.byteOffset, storedByteLength: partition.byteLength, method: partition.detail?.['method'] as number };
    let columns = emptyColumns(columnIndices.length);
    let at = 0;
    let start = 0;
    /** Batches up to a row, which may be far away: rows between are empty. */
    const upTo = function* (row: number): Generator<RecordBatch> {
      while (row - start >= batchRowCount) {
        yield finish(batchRowCount);
        checkNotCancelled(call);
      }
      at = row;
    };
    const finish = (rowCount: number): RecordBatch => {
      const batch = batchOf(wanted, columns.map((cells, index) => {
        cells.length = rowCount;
        return sheetColumn(types[columnIndices[index]!]!, Array.from(cells));
      }), rowCount);
      start += rowCount;
      columns = emptyColumns(columnIndices.length);
      return batch;
    };
    for await (const rows of sheetRows(readMember(read, place, maxPartByteLength), workbook)) {
      for (const row of rows) {
        const index = row.index - firstRow;
        // The header is before, and what is after has no value.
        if (index < 0 || index >= partition.rowCount) continue;
        yield* upTo(index);
        for (const { column, cell } of row.cells) {
          const target = places.get(column);
          if (target !== undefined) columns[target]![at - start] = cell;
        }
      }
    }
    yield* upTo(partition.rowCount);
    if (partition.rowCount > start) yield finish(partition.rowCount - start);
  },
};

const emptyColumns = (count: number): (Cell | undefined)[][] => Array.from({ length: count }, () => []);
