import { columnTypeOf, type Schema } from '@tessera/arrow';
import { resolveTableExporter } from '@tessera/exporters';
import { TesseraError, type Call, type TableManifest, type TableRequest } from '@tessera/domain';
import type { Table } from '@tessera/tables';
import type { ReaderLimits } from './reader-options.ts';

/** Bytes a value takes at least, if its type does not tell: the offset of a text. */
const leastValueByteLength = 4;

/** Part of a table in a media type. What is wrong with the request is thrown before anything is read. */
export async function exportTable(table: Table, manifest: TableManifest, request: TableRequest, limits: ReaderLimits, call: Call | undefined): Promise<AsyncIterable<Uint8Array>> {
  const { columns, partition, mediaType } = request;
  const exporter = await resolveTableExporter(mediaType);
  const schema = table.schemaOf(columns);
  const batches = table.batches({ columns, partition }, call);
  checkTableSize(schema, manifest, partition, limits);
  return exporter.export({ schema, batches }, { mediaType, call });
}

/** @throws TesseraError too_large if the rows take more than a response may carry, by their number and types. */
function checkTableSize(schema: Schema, manifest: TableManifest, partition: number | undefined, { responseByteLimit }: ReaderLimits): void {
  const partitions = partition === undefined ? manifest.partitions : [manifest.partitions[partition]!];
  const rowCount = partitions.reduce((sum, one) => sum + one.rowCount, 0);
  const rowByteLength = schema.fields.reduce((sum, field) => sum + valueByteLength(field), 0);
  if (rowCount * rowByteLength <= responseByteLimit) return;
  throw new TesseraError('too_large', `Response would exceed ${responseByteLimit}. Select a subset of the columns ('?column=...'), or single partitions, to request smaller parts.`, { rowCount, responseByteLimit });
}

function valueByteLength(field: Schema['fields'][number]): number {
  try {
    return columnTypeOf(field)?.itemsize ?? leastValueByteLength;
  } catch {
    // Lists and the like have no type of an array.
    return leastValueByteLength;
  }
}
