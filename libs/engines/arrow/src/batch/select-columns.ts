import { TesseraError } from '@tessera/domain';
import { RecordBatch, Schema, Struct, makeData } from 'apache-arrow';

/**
 * Where the columns of these names are, in the order asked for. Of columns that
 * share a name the first counts.
 * @throws TesseraError invalid_argument for a name that is not there.
 */
export function columnIndices(schema: Schema, columns: readonly string[] | undefined): number[] {
  if (columns === undefined) return schema.fields.map((_, index) => index);
  return columns.map((name) => {
    const index = schema.fields.findIndex((field) => field.name === name);
    if (index < 0) throw new TesseraError('invalid_argument', `No such field ${name}.`, { column: name });
    return index;
  });
}

/** The schema of some columns. The schema's own metadata stays as it is: pandas' names its index there. */
export function selectFields(schema: Schema, indices: readonly number[]): Schema {
  return new Schema(indices.map((index) => schema.fields[index]!), schema.metadata);
}

/** Some columns of a batch, in this order, without a copy. */
export function selectColumns(batch: RecordBatch, indices: readonly number[]): RecordBatch {
  const schema = selectFields(batch.schema, indices);
  const children = indices.map((index) => batch.data.children[index]!);
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: batch.numRows, nullCount: 0, children }));
}

/** The rows from `start` to before `stop`, without a copy. */
export function sliceBatch(batch: RecordBatch, start: number, stop: number): RecordBatch {
  const children = batch.data.children.map((child) => child.slice(start, stop - start));
  return new RecordBatch(batch.schema, makeData({ type: new Struct(batch.schema.fields), length: stop - start, nullCount: 0, children }));
}
