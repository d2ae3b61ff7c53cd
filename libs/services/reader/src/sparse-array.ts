import { columnToArray } from '@tessera/arrow';
import {
  TesseraError, chunkOrdinal, elementCount, isStruct,
  type ArrayLayout, type AxisPart, type Call, type ChunkGrid, type ChunkPart, type DataType, type ScalarType, type SparseManifest,
} from '@tessera/domain';
import type { Table } from '@tessera/tables';
import { cStrides } from './copy-region.ts';
import type { Found, ReadableArray } from './readable-array.ts';

/** The values of one batch of a block that a part selects, with their coordinates in the result. */
export interface SelectedValues {
  readonly count: number;
  /** Axis by axis. */
  readonly coordinates: readonly Float64Array[];
  /** The values' bytes, one after the other. */
  readonly bytes: Uint8Array;
}

/** A sparse array, its blocks being partitions of a table of coordinates and values. Reads as a dense one. */
export class SparseArray implements ReadableArray {
  readonly manifest: SparseManifest;
  readonly layout: ArrayLayout;
  readonly grid: ChunkGrid;
  readonly chunkByteLength: number;
  readonly readsParts = false;
  readonly table: Table;
  private readonly dataType: ScalarType;

  constructor(manifest: SparseManifest, table: Table) {
    this.manifest = manifest;
    this.table = table;
    this.grid = manifest.grid;
    this.dataType = scalarOnly(manifest.dataType);
    this.chunkByteLength = manifest.blocks.partitions.reduce((most, partition) => Math.max(most, partition.byteLength), 0);
    this.layout = { dataType: manifest.dataType, grid: manifest.grid, edge: 'clipped', codecs: [{ name: 'bytes' }], volatile: manifest.blocks.volatile ?? false };
  }

  /** Number of stored values of a block. */
  valueCountOf(chunkIndex: readonly number[]): number {
    return this.manifest.blocks.partitions[chunkOrdinal(this.grid, chunkIndex)]?.rowCount ?? 0;
  }

  /** Scatters the values into memory of the part's size. */
  async readPart(part: ChunkPart, found: (found: Found) => void, call: Call | undefined): Promise<boolean> {
    if (this.valueCountOf(part.chunkIndex) === 0) return false;
    const { itemsize } = this.dataType;
    const counts = part.axes.map((axis) => axis.count);
    const strides = cStrides(counts);
    const dense = new Uint8Array(elementCount(counts) * itemsize);
    for await (const { count, coordinates, bytes } of this.selectValues(part, call)) {
      for (let row = 0; row < count; row++) {
        let at = 0;
        for (let axis = 0; axis < counts.length; axis++) at += (coordinates[axis]![row]! - part.axes[axis]!.to) * strides[axis]!;
        for (let i = 0; i < itemsize; i++) dense[at * itemsize + i] = bytes[row * itemsize + i]!;
      }
    }
    found({ box: { bytes: dense, start: 0, strides }, counts, to: part.axes.map((axis) => axis.to) });
    return true;
  }

  /** The stored values that lie in a part of a block, batch by batch. */
  async *selectValues(part: ChunkPart, call: Call | undefined): AsyncGenerator<SelectedValues> {
    if (this.valueCountOf(part.chunkIndex) === 0) return;
    const columns = [...part.axes.map((_, axis) => `dim${axis}`), 'data'];
    const partition = chunkOrdinal(this.grid, part.chunkIndex);
    for await (const batch of this.table.batches({ columns, partitions: { start: partition, stop: partition + 1 } }, call)) {
      const children = batch.data.children;
      const local = part.axes.map((_, axis) => children[axis]!.values as ArrayLike<number | bigint>);
      const values = [...columnToArray(children[part.axes.length]!, this.dataType)];
      yield select(part.axes, local, batch.numRows, Buffer.concat(values), this.dataType.itemsize);
    }
  }
}

function select(axes: readonly AxisPart[], local: readonly ArrayLike<number | bigint>[], rowCount: number, values: Uint8Array, itemsize: number): SelectedValues {
  const coordinates = axes.map(() => new Float64Array(rowCount));
  const bytes = new Uint8Array(rowCount * itemsize);
  let count = 0;
  for (let row = 0; row < rowCount; row++) {
    let isWanted = true;
    for (let axis = 0; axis < axes.length && isWanted; axis++) {
      const { from, step, count: length, to } = axes[axis]!;
      const position = (Number(local[axis]![row]!) - from) / step;
      isWanted = Number.isInteger(position) && position >= 0 && position < length;
      coordinates[axis]![count] = to + position;
    }
    if (!isWanted) continue;
    for (let i = 0; i < itemsize; i++) bytes[count * itemsize + i] = values[row * itemsize + i]!;
    count++;
  }
  return { count, coordinates: coordinates.map((one) => one.subarray(0, count)), bytes: bytes.subarray(0, count * itemsize) };
}

function scalarOnly(dataType: DataType): ScalarType {
  if (isStruct(dataType)) throw new TesseraError('unsupported', 'Sparse arrays of structs cannot be read.');
  return dataType;
}
