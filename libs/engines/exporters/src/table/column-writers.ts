import type { RecordBatch } from '@tessera/arrow';
import type { TableSource } from '../exporter.ts';
import { cellWriter } from './cell-writer.ts';
import type { CellWriter, TextFormat } from './text-format.ts';
import type { TextSink } from './text-sink.ts';
import { timestampStyle, type TimestampStyle } from './timestamp-style.ts';

/** Writers of the cells of each column, for one batch after the other of the same table. */
export function columnWriters({ rowCount }: Pick<TableSource, 'rowCount'>, sink: TextSink, format: TextFormat): (batch: RecordBatch) => CellWriter[] {
  let styles: (TimestampStyle | undefined)[] | undefined;
  return (batch) => {
    const { children } = batch.data;
    if (!format.isJson) styles ??= children.map((column) => timestampStyle(column, batch.numRows === rowCount));
    return children.map((column, i) => cellWriter(column, sink, format, styles?.[i]));
  };
}
