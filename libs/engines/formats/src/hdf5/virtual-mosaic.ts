// Virtual datasets whose parts end within chunks, or are stored in different ways: the whole says which elements of
// it are which of other arrays, and each is read through its own manifest.
import { contiguousGrid, elementCount, regularChunkShape, type ArrayManifest, type ChunkGrid, type Tile, type TileRuns } from '@tessera/domain';
import { unsupported } from './damage.ts';
import { maxTileRuns } from './limits.ts';
import type { VirtualArray, VirtualRequest } from './virtual-dataset.ts';
import { runsOf, type Part, type Run } from './virtual-parts.ts';

/** Chunks of the parts that are worth being those of the whole, bytes. */
const minChunkByteLength = 64 * 1024;
const maxChunkByteLength = 32 * 2 ** 20;
/** Otherwise chunks are about this long. */
const usualChunkByteLength = 2 ** 20;

/** @throws TesseraError gone if the parts are too many. */
export function mosaicOf(parts: readonly Part[], shape: readonly number[], { dataType }: VirtualRequest): VirtualArray {
  const arrays = [...new Set(parts.map((part) => part.manifest))];
  const indexes = new Map(arrays.map((array, index) => [array, index]));
  let runCount = 0;
  const tiles = parts.filter((part) => part.virtual.every((intervals) => intervals.length > 0)).map((part): Tile => {
    const tile = tileOf(part, indexes.get(part.manifest)!);
    runCount += tile.axes.reduce((count, axis) => count + axis.runs.length, 0);
    if (runCount > maxTileRuns) throw unsupported('The parts of this virtual dataset are too scattered to be served');
    return tile;
  });
  // The whole names the files: an array within it need not.
  const bare = arrays.map((array): ArrayManifest => ({ ...array, sources: [] }));
  return { grid: gridOf(parts, shape, dataType.itemsize), edge: 'clipped', refs: { form: 'mosaic', arrays: bare, tiles }, codecs: [{ name: 'bytes' }] };
}

function tileOf(part: Part, array: number): Tile {
  const kept = new Set(part.axisOf);
  return {
    array,
    axes: part.virtual.map((_, axis) => {
      const runs = joinRuns(runsOf(part, axis));
      const sourceAxis = part.axisOf[axis];
      return sourceAxis === undefined ? { runs } : { axis: sourceAxis, runs };
    }),
    origin: part.source.map((intervals, axis) => (kept.has(axis) ? 0 : (intervals[0]?.start ?? 0))),
  };
}

/** Runs of one length at equal distances are one entry. */
function joinRuns(runs: readonly Run[]): TileRuns[] {
  const joined: TileRuns[] = [];
  for (const { virtualStart: start, sourceStart: arrayStart, length } of runs) {
    const last = joined.at(-1);
    const [stride, arrayStride] = last && last.count > 1 ? [last.stride, last.arrayStride] : [start - (last?.start ?? 0), arrayStart - (last?.arrayStart ?? 0)];
    const isNext = last?.length === length && start === last.start + last.count * stride && arrayStart === last.arrayStart + last.count * arrayStride;
    if (last && isNext) joined[joined.length - 1] = { ...last, stride, arrayStride, count: last.count + 1 };
    else joined.push({ start, stride: length, count: 1, length, arrayStart, arrayStride: length });
  }
  return joined;
}

/** The chunks of the first part that has some of a fair size, turned to the axes of the whole. */
function gridOf(parts: readonly Part[], shape: readonly number[], itemsize: number): ChunkGrid {
  for (const { manifest, axisOf } of parts) {
    const partChunks = regularChunkShape(manifest.grid);
    if (!partChunks) continue;
    const chunks = axisOf.map((axis, index) => (axis === undefined ? 1 : Math.min(partChunks[axis]!, Math.max(shape[index]!, 1))));
    const byteLength = elementCount(chunks) * itemsize;
    if (byteLength >= minChunkByteLength && byteLength <= maxChunkByteLength) return { shape, chunks };
  }
  return contiguousGrid(shape, itemsize, usualChunkByteLength);
}
