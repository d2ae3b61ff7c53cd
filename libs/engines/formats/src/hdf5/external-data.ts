// Raw data that go on from one external file to the next (HDF5 spec IV.A.2.h): each file has a run of the array in C
// order, which is a few boxes of it.
import { contiguousGrid, elementCount, type ArrayManifest, type ChunkGrid, type ChunkRefs, type CodecSpec, type DataType, type Source, type Tile } from '@tessera/domain';
import type { ChunkBudget } from './chunk-table.ts';
import { unsupported } from './damage.ts';
import { maxTileRuns } from './limits.ts';
import { gridOfRun, refsOfRun } from './raw-storage.ts';

/** Bytes of a file that follow those of the one before. */
export interface ExternalPiece {
  readonly source: Source;
  readonly byteOffset: number;
  /** What the dataset has there, Infinity = all the rest. */
  readonly byteLength: number;
}

export interface ExternalRequest {
  readonly shape: readonly number[];
  readonly itemByteLength: number;
  readonly dataType: DataType;
  readonly codecs: readonly CodecSpec[];
  readonly budget: ChunkBudget;
}

/** What lies beyond the end of a file, or of all of them, is zeros, as HDF5 reads it. @throws TesseraError gone if an element is cut by the end of a file. */
export function joinExternal(pieces: readonly ExternalPiece[], request: ExternalRequest): { readonly grid: ChunkGrid; readonly refs: ChunkRefs } {
  const { shape, itemByteLength, dataType, codecs, budget } = request;
  const total = elementCount(shape);
  const arrays: ArrayManifest[] = [];
  const tiles: Tile[] = [];
  let first = 0;
  for (const { source, byteOffset, byteLength } of pieces) {
    const length = Math.min(byteLength / itemByteLength, total - first);
    const available = Math.min(length, Math.max(0, (source.byteLength ?? 0) - byteOffset) / itemByteLength);
    if (!Number.isInteger(length) || !Number.isInteger(available)) throw unsupported('The external files with the data of this dataset end within an element, so it cannot be served');
    for (const { origin, lengths, start } of boxesOf(shape, first, first + available)) {
      if (tiles.length * shape.length > maxTileRuns) throw unsupported('The data of this dataset are kept in too many external files');
      const grid = gridOfRun(lengths, itemByteLength);
      const refs = refsOfRun(grid, itemByteLength, source.uri, byteOffset + (start - first) * itemByteLength, budget);
      arrays.push({ kind: 'array', dataType, grid, edge: 'clipped', codecs, refs, sources: [] });
      tiles.push({
        array: tiles.length, origin: lengths.map(() => 0),
        axes: lengths.map((count, axis) => ({ axis, runs: [{ start: origin[axis]!, stride: count, count: 1, length: count, arrayStart: 0, arrayStride: count }] })),
      });
    }
    first += length;
    if (first >= total) break;
  }
  return { grid: contiguousGrid(shape, Math.max(dataType.itemsize, 1), 2 ** 20), refs: { form: 'mosaic', arrays, tiles } };
}

interface RunBox {
  readonly origin: readonly number[];
  readonly lengths: readonly number[];
  /** Its first element, counted in C order. */
  readonly start: number;
}

/** Elements `start` to `end` in C order as boxes that lie one after the other: part of a row, whole rows, part of a row, axis by axis. */
function boxesOf(shape: readonly number[], start: number, end: number, base = 0): RunBox[] {
  if (start >= end) return [];
  const [length, ...inner] = shape;
  if (length === undefined) return [{ origin: [], lengths: [], start: base }];
  const row = elementCount(inner);
  const within = (index: number, from: number, to: number) => boxesOf(inner, from, to, base + index * row)
    .map((box) => ({ ...box, origin: [index, ...box.origin], lengths: [1, ...box.lengths] }));
  const [firstWhole, endWhole] = [Math.ceil(start / row), Math.floor(end / row)];
  if (firstWhole > endWhole) return within(endWhole, start - endWhole * row, end - endWhole * row);
  const head = start < firstWhole * row ? within(firstWhole - 1, start - (firstWhole - 1) * row, row) : [];
  const whole = firstWhole < endWhole ? [{ origin: [firstWhole, ...inner.map(() => 0)], lengths: [endWhole - firstWhole, ...inner], start: base + firstWhole * row }] : [];
  return [...head, ...whole, ...within(endWhole, 0, end - endWhole * row)];
}
