import { batchOf, makeColumn, type Data, type RecordBatch, type Schema } from '@tessera/arrow';
import { resolveSparseExporter } from '@tessera/exporters';
import { planChunks, type ArrayRequest, type AxisRange, type Call } from '@tessera/domain';
import { Field, Schema as ArrowSchema, makeData } from 'apache-arrow';
import { checkCall } from './concurrency.ts';
import { checkResponseSize } from './read-array.ts';
import type { ReaderLimits } from './reader-options.ts';
import { selectRanges } from './select.ts';
import type { SelectedValues, SparseArray } from './sparse-array.ts';

/** Part of a sparse array as a table: coordinates counted from the start of the selection, and data. */
export async function exportSparse(array: SparseArray, request: ArrayRequest, limits: ReaderLimits, call: Call | undefined): Promise<AsyncIterable<Uint8Array>> {
  const ranges = selectRanges(array.grid, request.selection, request.block);
  const exporter = await resolveSparseExporter(request.mediaType);
  checkResponseSize(leastByteLength(array, ranges), limits);
  const schema = selectedSchema(array, ranges);
  return exporter.export({ schema, batches: selectedBatches(array, ranges, schema, call) }, { mediaType: request.mediaType, call });
}

/** What the blocks that are wanted whole hold; what is wanted of others is known only when they are read. */
function leastByteLength(array: SparseArray, ranges: readonly AxisRange[]): number {
  const isWhole = ranges.every((range, axis) => range.count === array.grid.shape[axis]);
  if (!isWhole) return 0;
  const valueByteLength = ranges.length * array.manifest.coordinateType.itemsize + array.layout.dataType.itemsize;
  return array.manifest.blocks.partitions.reduce((sum, partition) => sum + partition.rowCount * valueByteLength, 0);
}

/** dim0…dimN-1 for the axes that are left, and data. */
function selectedSchema(array: SparseArray, ranges: readonly AxisRange[]): Schema {
  const { fields } = array.table.schema;
  const named = (name: string) => fields.find((field) => field.name === name)!;
  const axes = keptAxes(ranges);
  return new ArrowSchema([
    ...axes.map((axis, index) => new Field(`dim${index}`, named(`dim${axis}`).type, false)),
    new Field('data', named('data').type, false),
  ]);
}

const keptAxes = (ranges: readonly AxisRange[]): number[] => ranges.flatMap((range, axis) => (range.dropped ? [] : [axis]));

async function* selectedBatches(array: SparseArray, ranges: readonly AxisRange[], schema: Schema, call: Call | undefined): AsyncGenerator<RecordBatch> {
  const axes = keptAxes(ranges);
  for (const part of planChunks(array.grid, ranges)) {
    checkCall(call);
    for await (const selected of array.selectValues(part, call)) {
      if (selected.count > 0) yield batchOf(schema, columnsOf(selected, axes, schema), selected.count);
    }
  }
}

type NumberArray = { [index: number]: number | bigint; readonly length: number };

function columnsOf({ count, coordinates, bytes }: SelectedValues, axes: readonly number[], schema: Schema): Data[] {
  const columns = axes.map((axis, index) => {
    const { type } = schema.fields[index]!;
    const data = new type.ArrayType(count) as NumberArray;
    const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array;
    for (let row = 0; row < count; row++) data[row] = isBig ? BigInt(coordinates[axis]![row]!) : coordinates[axis]![row]!;
    return makeData({ type, data, length: count, nullCount: 0 } as never) as Data;
  });
  const { type } = schema.fields[axes.length]!;
  const isBool = String(type) === 'Bool';
  // The bytes of numbers and times are the same in NumPy and Arrow; Arrow packs booleans.
  const data = isBool ? makeColumn(Array.from(bytes, (value) => value !== 0)) : makeData({ type, data: arrowValues(type.ArrayType, bytes), length: count, nullCount: 0 } as never);
  return [...columns, data as Data];
}

function arrowValues(ArrayType: new (buffer: ArrayBufferLike) => unknown, bytes: Uint8Array): unknown {
  return new ArrayType(new Uint8Array(bytes).buffer);
}
