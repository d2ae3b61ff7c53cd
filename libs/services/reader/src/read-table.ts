import { columnTypeOf, selectColumns, type RecordBatch, type Schema } from '@tessera/arrow';
import { resolveTableExporter } from '@tessera/exporters';
import { TesseraError, type Call, type TableRequest } from '@tessera/domain';
import type { Table, TableSelection } from '@tessera/tables';
import type { ReaderLimits } from './reader-options.ts';

/** Bytes a value takes at least, if its type does not tell: the offset of a text. */
const leastValueByteLength = 4;

/** Part of a table in a media type. What is wrong with the request is thrown before anything is read. */
export async function exportTable(table: Table, request: TableRequest, limits: ReaderLimits, call: Call | undefined): Promise<AsyncIterable<Uint8Array>> {
  const { mediaType } = request;
  const exporter = await resolveTableExporter(mediaType);
  const columns = request.columns ?? shownColumns(table.schema, mediaType);
  const schema = table.schemaOf(columns);
  const selection = { columns, partitions: request.partitions, rows: request.rows, filter: request.filter };
  const batches = table.batches(selection, call);
  const rowCount = table.rowCountOf(selection);
  const source = { schema, batches, rowCount, isFiltered: request.filter !== undefined, column: columnReader(table, schema, selection, call) };
  if (isUnbounded(mediaType)) return exporter.export(source, { mediaType, call });
  // How much a filter leaves is not known before.
  if (!request.filter) checkTableSize(schema, rowCount, limits);
  return exporter.export({ ...source, batches: checkedSize(schema, batches, limits) }, { mediaType, call });
}

/** Reads the same rows once more, of one column, which is its place in `schema`. */
function columnReader(table: Table, schema: Schema, selection: TableSelection, call: Call | undefined): (index: number) => AsyncIterable<RecordBatch> {
  const names = schema.fields.map(({ name }) => name);
  return (index) => {
    // Of columns that share a name, the name leads to the first.
    if (names.indexOf(names[index]!) === names.lastIndexOf(names[index]!)) return table.batches({ ...selection, columns: [names[index]!] }, call);
    return (async function* () {
      for await (const batch of table.batches(selection, call)) yield selectColumns(batch, [index]);
    })();
  };
}

/** An Arrow stream is read as it comes, batch by batch, by clients that hold it back: it may be of any length. */
function isUnbounded(mediaType: string): boolean {
  return mediaType.startsWith('application/vnd.apache.arrow.stream');
}

/** @throws TesseraError too_large once there are more rows than a response may carry. */
async function* checkedSize(schema: Schema, batches: AsyncIterable<RecordBatch>, limits: ReaderLimits): AsyncGenerator<RecordBatch> {
  let rowCount = 0;
  for await (const batch of batches) {
    checkTableSize(schema, rowCount += batch.numRows, limits);
    yield batch;
  }
}

/**
 * The columns of a table for which none are named. An index of pandas is one for clients that
 * rebuild the data frame, and not for people: texts leave without it.
 */
function shownColumns(schema: Schema, mediaType: string): readonly string[] | undefined {
  if (mediaType.startsWith('application/vnd.apache.arrow') || mediaType.startsWith('application/x-parquet')) return undefined;
  const index = pandasIndexColumns(schema);
  const names = schema.fields.map((field) => field.name);
  const shown = names.filter((name) => !index.has(name));
  return shown.length === names.length || shown.length === 0 ? undefined : shown;
}

/** Names that the `pandas` entry of a schema gives its index; a range needs no column and has none. */
function pandasIndexColumns(schema: Schema): ReadonlySet<unknown> {
  try {
    const { index_columns: columns } = JSON.parse(schema.metadata.get('pandas') ?? '{}') as { index_columns?: unknown };
    return new Set(Array.isArray(columns) ? columns : []);
  } catch {
    return new Set();
  }
}

/** @throws TesseraError too_large if the rows take more than a response may carry, by their number and types. */
function checkTableSize(schema: Schema, rowCount: number, { responseByteLimit }: ReaderLimits): void {
  const rowByteLength = schema.fields.reduce((sum, field) => sum + valueByteLength(field), 0);
  if (rowCount * rowByteLength <= responseByteLimit) return;
  throw new TesseraError('too_large', `Response would exceed ${responseByteLimit}. Select a subset of the columns ('?column=...') or rows ('?rows=0:1000'), or single partitions, to request smaller parts.`, { rowCount, responseByteLimit });
}

function valueByteLength(field: Schema['fields'][number]): number {
  try {
    return columnTypeOf(field)?.itemsize ?? leastValueByteLength;
  } catch {
    // Lists and the like have no type of an array.
    return leastValueByteLength;
  }
}
