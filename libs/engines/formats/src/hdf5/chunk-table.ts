import { gridShape, type ChunkGrid, type TableRefs } from '@tessera/domain';
import { damaged, unsupported } from './damage.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { maxChunkCount, maxFileChunkCount } from './limits.ts';

/** How many more chunk table entries a file may have. */
export class ChunkBudget {
  #left = maxFileChunkCount;

  /** @throws TesseraError gone if a dataset, or the file with it, has too many chunks. */
  take(count: number): void {
    if (!(count <= maxChunkCount)) throw unsupported(`The dataset is divided into ${count} chunks; at most ${maxChunkCount} can be indexed`);
    if (count > this.#left) throw unsupported(`The datasets of the file are divided into more than ${maxFileChunkCount} chunks`);
    this.#left -= count;
  }
}

/** Table refs in the making: filled by a chunk index in any order. */
export class ChunkTable {
  /** Number of chunks along each axis. */
  readonly counts: readonly number[];
  readonly #strides: readonly number[];
  readonly #file: Hdf5File;
  readonly #byteOffsets: Float64Array;
  readonly #byteLengths: Float64Array;
  #masks: Uint32Array | undefined;

  constructor(file: Hdf5File, grid: ChunkGrid, budget: ChunkBudget) {
    this.counts = gridShape(grid);
    const count = this.counts.reduce((product, axis) => product * axis, 1);
    budget.take(count);
    this.#file = file;
    const strides = this.counts.map(() => 1);
    for (let axis = strides.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * this.counts[axis + 1]!;
    this.#strides = strides;
    this.#byteOffsets = new Float64Array(count).fill(-1);
    this.#byteLengths = new Float64Array(count);
  }

  /**
   * Where a chunk lies. Chunks outside the grid, left over from a dataset that shrank, are not ours.
   * @throws TesseraError gone if the chunk is not in the file as a whole.
   */
  set(chunkIndex: readonly number[], address: number, byteLength: number, codecMask = 0): void {
    let ordinal = 0;
    for (let axis = 0; axis < this.counts.length; axis++) {
      const index = chunkIndex[axis]!;
      if (!(index >= 0 && index < this.counts[axis]!)) return;
      ordinal += index * this.#strides[axis]!;
    }
    if (!this.#file.contains(address, byteLength)) throw damaged('data of this dataset lie beyond its end, so part of it is missing');
    this.#byteOffsets[ordinal] = this.#file.byteOffsetOf(address);
    this.#byteLengths[ordinal] = byteLength;
    if (codecMask === 0) return;
    this.#masks ??= new Uint32Array(this.#byteOffsets.length);
    this.#masks[ordinal] = codecMask;
  }

  /** The finished refs. */
  refs(): TableRefs {
    return {
      form: 'table', uris: [this.#file.uri], byteOffsets: this.#byteOffsets, byteLengths: this.#byteLengths,
      ...(this.#masks ? { codecMasks: this.#masks } : {}),
    };
  }
}
