// Tables in memory, as Arrow IPC files, one a partition.
import { encodeSchemaMessage, makeBatch, readIpcFileLayout, writeIpcFile, type ColumnValues, type RecordBatch } from '@tessera/arrow';
import { parseScalarType, type Partition, type SparseManifest, type TableManifest } from '@tessera/domain';
import type { CountingStore } from './stored-example.ts';

export type Columns = Readonly<Record<string, ColumnValues>>;

/** Stores partitions, each of some batches of columns. */
export async function storeTable(store: CountingStore, partitions: readonly (readonly Columns[])[]): Promise<TableManifest> {
  const batches = partitions.map((partition) => partition.map((columns) => makeBatch(columns)));
  const { schema } = batches.flat()[0]!;
  const stored: Partition[] = [];
  for (const [index, partition] of batches.entries()) {
    const uri = `memory:table/${index}`;
    const file = await fileOf(partition, schema);
    store.objects.set(uri, file);
    const rowCount = partition.reduce((sum, batch) => sum + batch.numRows, 0);
    const places = rowCount === 0 ? [] : (await readIpcFileLayout(file.byteLength, async (start, length) => file.slice(start, start + length))).batches;
    const packed = places.map((batch) => [batch.byteOffset, batch.headerByteLength, batch.bodyByteLength]);
    stored.push({ uri, byteOffset: 0, byteLength: file.byteLength, rowCount, detail: { batches: packed } });
  }
  return { kind: 'table', schema: encodeSchemaMessage(schema), partitions: stored, decoder: { name: 'arrow' }, sources: [] };
}

async function fileOf(batches: readonly RecordBatch[], schema: RecordBatch['schema']): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeIpcFile(schema, (async function* () { yield* batches; })())) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Stores a 2-d sparse array; values are given as [row, column, value] in the whole array. */
export async function storeSparse(store: CountingStore, shape: readonly number[], chunks: readonly number[], values: readonly (readonly [number, number, number])[]): Promise<SparseManifest> {
  const counts = shape.map((length, axis) => Math.ceil(length / chunks[axis]!));
  const blocks = Array.from({ length: counts[0]! * counts[1]! }, (_, ordinal) => {
    const block = [Math.floor(ordinal / counts[1]!), ordinal % counts[1]!];
    const inside = values.filter(([row, column]) => Math.floor(row / chunks[0]!) === block[0] && Math.floor(column / chunks[1]!) === block[1]);
    return [{
      dim0: BigInt64Array.from(inside, ([row]) => BigInt(row - block[0]! * chunks[0]!)),
      dim1: BigInt64Array.from(inside, ([, column]) => BigInt(column - block[1]! * chunks[1]!)),
      data: Float64Array.from(inside, ([, , value]) => value),
    }];
  });
  return {
    kind: 'sparse', dataType: parseScalarType('<f8'), coordinateType: parseScalarType('<i8'), grid: { shape, chunks }, blocks: await storeTable(store, blocks), sources: [],
  };
}
