import type { RecordBatch, Schema } from '@tessera/arrow';
import { Type, type Timestamp } from 'apache-arrow';
import { cellReader, type CellReader } from './cell.ts';
import { timestampStyle } from './timestamp-style.ts';

/** Readers of the cells of each column, for one batch after the other of the same table. */
export function columnReaders(schema: Schema, json: boolean): (batch: RecordBatch) => CellReader[] {
  const styles = schema.fields.map((field) => (field.type.typeId === Type.Timestamp ? timestampStyle(field.type as Timestamp, json) : undefined));
  return (batch) => batch.data.children.map((column, i) => cellReader(column, { json, ...(styles[i] ? { timestamps: styles[i] } : {}) }));
}
