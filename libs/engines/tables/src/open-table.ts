import { TesseraError, type ByteStore, type Call, type TableManifest } from '@tessera/domain';
import { columnIndices, decodeSchemaMessage, selectFields, type RecordBatch, type Schema } from '@tessera/arrow';
import { resolveTableDecoder } from './registry.ts';

/** What part of a table is read. */
export interface TableSelection {
  /** Names in the order wanted; absent = all. */
  readonly columns?: readonly string[] | undefined;
  /** Absent = all partitions, in order. */
  readonly partition?: number | undefined;
}

/** A table that can be read. */
export interface Table {
  /** Of the whole table; metadata as the file has it. */
  readonly schema: Schema;
  /** Schema of some columns. @throws TesseraError invalid_argument: `No such field x.` */
  schemaOf(columns: readonly string[] | undefined): Schema;
  /**
   * The rows asked for, in batches of bounded size whose columns fit `schemaOf(columns)`. It throws at once, before
   * anything is read, what is wrong with the selection: `No such field x.`, `Partition out of range` (invalid_argument).
   */
  batches(selection?: TableSelection, call?: Call): AsyncIterable<RecordBatch>;
}

/** Opens a table by its manifest; reads nothing yet. */
export function openTable(manifest: TableManifest, store: ByteStore): Table {
  const schema = decodeSchemaMessage(manifest.schema);
  return {
    schema,
    schemaOf: (columns) => selectFields(schema, columnIndices(schema, columns)),
    batches: (selection = {}, call) => {
      const indices = columnIndices(schema, selection.columns);
      const partitions = selectPartitions(manifest, selection.partition);
      return (async function* () {
        const decoder = await resolveTableDecoder(manifest.decoder.name);
        for (const partition of partitions) yield* decoder.batches({ manifest, schema, partition, columnIndices: indices }, store, call);
      })();
    },
  };
}

function selectPartitions(manifest: TableManifest, partition: number | undefined): TableManifest['partitions'] {
  if (partition === undefined) return manifest.partitions;
  const selected = manifest.partitions[partition];
  if (!Number.isInteger(partition) || !selected) throw new TesseraError('invalid_argument', 'Partition out of range', { partition, partitionCount: manifest.partitions.length });
  return [selected];
}
