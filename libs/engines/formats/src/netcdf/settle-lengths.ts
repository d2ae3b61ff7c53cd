// Variables over an unlimited dimension grow one by one: one that was not written as far as
// another is shorter in the file, and netCDF shows the fill value for the rest.
import { gridShape, isTesseraError, type ArrayManifest, type ChunkGrid, type IndexedNode, type TableRefs } from '@tessera/domain';
import { ChunkBudget } from '../hdf5/chunk-table.ts';
import type { Dimensions } from './dimensions.ts';
import type { Variable } from './variable.ts';

export class LengthSettler {
  readonly #budget = new ChunkBudget();
  readonly #dimensions: Dimensions;

  constructor(dimensions: Dimensions) {
    this.#dimensions = dimensions;
  }

  /** The variable as long as its dimensions, where its axes may grow; others are left as they are. */
  settle(variable: Variable): Variable {
    const { node, dimensionPaths, maxShape } = variable;
    const { structure, manifest } = node;
    if (structure.family !== 'array' || manifest?.kind !== 'array' || !dimensionPaths) return variable;
    const shape = structure.array.shape.map((length, axis) => (maxShape[axis] === Infinity ? Math.max(length, this.#dimensions.lengthOf(dimensionPaths[axis]!)) : length));
    if (shape.every((length, axis) => length === structure.array.shape[axis]) || manifest.refs.form !== 'table' || manifest.edge !== 'padded') return variable;
    return { ...variable, node: this.#extended(node, manifest, manifest.refs, shape) };
  }

  #extended(node: IndexedNode, manifest: ArrayManifest, refs: TableRefs, shape: readonly number[]): IndexedNode {
    try {
      const grid = { ...manifest.grid, shape };
      const { array } = node.structure as IndexedNode['structure'] & { family: 'array' };
      return {
        ...node,
        structure: { family: 'array', array: { ...array, ...grid } },
        manifest: { ...manifest, grid, refs: this.#extendedRefs(refs, manifest.grid, grid) },
      };
    } catch (error) {
      if (!isTesseraError(error, 'gone')) throw error;
      const { manifest: _tooLarge, ...rest } = node;
      return { ...rest, structure: { family: 'bytes' }, problem: error.message };
    }
  }

  /** The same chunks in a grid that has more of them, which were never written. */
  #extendedRefs(refs: TableRefs, from: ChunkGrid, to: ChunkGrid): TableRefs {
    const fromCounts = gridShape(from);
    const toCounts = gridShape(to);
    const count = toCounts.reduce((product, axis) => product * axis, 1);
    this.#budget.take(count);
    const byteOffsets = new Float64Array(count).fill(-1);
    const byteLengths = new Float64Array(count);
    const uriIndex = refs.uriIndex && new Uint32Array(count);
    const codecMasks = refs.codecMasks && new Uint32Array(count);
    for (let ordinal = 0; ordinal < refs.byteOffsets.length; ordinal++) {
      const place = movedOrdinal(ordinal, fromCounts, toCounts);
      byteOffsets[place] = refs.byteOffsets[ordinal]!;
      byteLengths[place] = refs.byteLengths[ordinal]!;
      if (uriIndex) uriIndex[place] = refs.uriIndex![ordinal]!;
      if (codecMasks) codecMasks[place] = refs.codecMasks![ordinal]!;
    }
    return { form: 'table', uris: refs.uris, byteOffsets, byteLengths, ...(uriIndex ? { uriIndex } : {}), ...(codecMasks ? { codecMasks } : {}) };
  }
}

/** The C-order number of a chunk, of one grid, in another with at least as many chunks along each axis. */
function movedOrdinal(ordinal: number, from: readonly number[], to: readonly number[]): number {
  let moved = 0;
  let stride = 1;
  for (let axis = from.length - 1, rest = ordinal; axis >= 0; axis--) {
    moved += (rest % from[axis]!) * stride;
    rest = Math.floor(rest / from[axis]!);
    stride *= to[axis]!;
  }
  return moved;
}
