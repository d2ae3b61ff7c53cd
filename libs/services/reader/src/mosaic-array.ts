// Arrays put together from parts of other arrays: each part is read through the array that has it.
import {
  chunkOriginAt, elementCount, planChunks, planTile, regularChunkShape, tileExtent,
  type ArrayLayout, type ArrayManifest, type AxisRange, type Call, type ChunkGrid, type ChunkPart, type MosaicRefs, type Tile, type TilePiece,
} from '@tessera/domain';
import { allocate, fill, fillBox } from './assemble.ts';
import { checkCall, forEachConcurrently } from './concurrency.ts';
import { copyRegion, cStrides } from './copy-region.ts';
import type { Found, ReadableArray } from './readable-array.ts';

/** Chunks of one tile that are read together. Chunks of the whole are read together besides. */
const tileConcurrency = 4;

type Range = Pick<AxisRange, 'start' | 'step' | 'count'>;

interface PlacedTile {
  readonly tile: Tile;
  /** Of the axis that tells tiles apart best: its first element, one more than its last, and the greatest such end of this and all tiles before. */
  readonly start: number;
  readonly end: number;
  readonly latestEnd: number;
  /** Its place in the manifest: later tiles lie over earlier ones. */
  readonly order: number;
}

export class MosaicArray implements ReadableArray {
  readonly layout: ArrayLayout;
  readonly grid: ChunkGrid;
  readonly chunkByteLength: number;
  readonly readsParts: boolean;
  private readonly arrays: readonly ReadableArray[];
  private readonly sortAxis: number;
  /** By their starts along `sortAxis`. */
  private readonly tiles: readonly PlacedTile[];

  constructor(manifest: ArrayManifest, refs: MosaicRefs, layout: ArrayLayout, arrays: readonly ReadableArray[]) {
    this.layout = layout;
    this.grid = manifest.grid;
    this.chunkByteLength = elementCount(regularChunkShape(manifest.grid) ?? manifest.grid.shape) * manifest.dataType.itemsize;
    this.readsParts = arrays.every((array) => array.readsParts);
    this.arrays = arrays;
    this.sortAxis = mostTellingAxis(refs.tiles, manifest.grid.shape.length);
    this.tiles = placeTiles(refs.tiles, this.sortAxis);
  }

  async readPart(part: ChunkPart, found: (found: Found) => void, call: Call | undefined): Promise<boolean> {
    const origin = chunkOriginAt(this.grid, part.chunkIndex);
    const ranges = part.axes.map(({ from, step, count }, axis) => ({ start: origin[axis]! + from, step, count }));
    const counts = ranges.map((range) => range.count);
    let bytes: Uint8Array | undefined;
    for (const { tile } of this.tilesWithin(ranges)) {
      const pieces = tile.axes.map(({ runs }, axis) => [...planTile(runs, ranges[axis]!)]);
      if (pieces.some((axis) => axis.length === 0)) continue;
      if (!bytes) {
        bytes = allocate(counts, this.layout.dataType.itemsize);
        fill(this, { bytes, shape: counts });
      }
      for (const box of product(pieces)) await this.copyBox(tile, box, { bytes, strides: cStrides(counts) }, call);
    }
    if (!bytes) return false;
    found({ box: { bytes, start: 0, strides: cStrides(counts) }, counts, to: part.axes.map((axis) => axis.to) });
    return true;
  }

  /** Tiles that may have elements of the ranges, in the manifest's order. */
  private tilesWithin(ranges: readonly Range[]): PlacedTile[] {
    const range = ranges[this.sortAxis];
    if (!range) return [...this.tiles];
    const last = range.start + (range.count - 1) * range.step;
    const [low, high] = [Math.min(range.start, last), Math.max(range.start, last)];
    const found: PlacedTile[] = [];
    for (let index = firstIndexBeyond(this.tiles, high) - 1; index >= 0 && this.tiles[index]!.latestEnd > low; index--) {
      if (this.tiles[index]!.end > low) found.push(this.tiles[index]!);
    }
    return found.sort((a, b) => a.order - b.order);
  }

  /** Elements of a tile, one piece of each axis, to their places. What was never written there has the fill value of the tile's own array. */
  private async copyBox(tile: Tile, pieces: readonly TilePiece[], target: { readonly bytes: Uint8Array; readonly strides: readonly number[] }, call: Call | undefined): Promise<void> {
    const array = this.arrays[tile.array]!;
    const { itemsize } = this.layout.dataType;
    const ranges = tile.origin.map((start): AxisRange => ({ start, step: 1, count: 1, dropped: false }));
    const strides = tile.origin.map(() => 0);
    let start = 0;
    tile.axes.forEach(({ axis }, wholeAxis) => {
      const { range, to, toStep } = pieces[wholeAxis]!;
      start += to * target.strides[wholeAxis]!;
      if (axis === undefined) return;
      ranges[axis] = { ...range, dropped: false };
      strides[axis] = toStep * target.strides[wholeAxis]!;
    });
    const startOf = (to: readonly number[]) => to.reduce((sum, index, axis) => sum + index * strides[axis]!, start);
    await forEachConcurrently(planChunks(array.grid, ranges), tileConcurrency, async (part) => {
      checkCall(call);
      const isThere = await array.readPart(part, ({ box, counts, to }) => {
        copyRegion(box, { bytes: target.bytes, start: startOf(to), strides }, counts, itemsize);
      }, call);
      if (isThere) return;
      const counts = part.axes.map((axis) => axis.count);
      copyRegion(fillBox(array, counts.length), { bytes: target.bytes, start: startOf(part.axes.map((axis) => axis.to)), strides }, counts, itemsize);
    });
  }
}

/** The axis along which tiles start at the most different places. */
function mostTellingAxis(tiles: readonly Tile[], rank: number): number {
  let [best, most] = [0, 0];
  for (let axis = 0; axis < rank; axis++) {
    const starts = new Set(tiles.map((tile) => tileExtent(tile.axes[axis]!.runs).start)).size;
    if (starts > most) [best, most] = [axis, starts];
  }
  return best;
}

function placeTiles(tiles: readonly Tile[], axis: number): PlacedTile[] {
  const extents = tiles.map((tile, order) => ({ tile, order, ...tileExtent(tile.axes[axis]?.runs ?? []) })).sort((a, b) => a.start - b.start);
  let latestEnd = 0;
  return extents.map((extent) => ({ ...extent, latestEnd: (latestEnd = Math.max(latestEnd, extent.end)) }));
}

/** How many tiles start at or before an element. */
function firstIndexBeyond(tiles: readonly PlacedTile[], element: number): number {
  let [low, high] = [0, tiles.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tiles[middle]!.start <= element) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One of each, in all combinations. */
function* product<Item>(lists: readonly (readonly Item[])[]): Generator<Item[]> {
  const cursor = lists.map(() => 0);
  for (;;) {
    yield cursor.map((at, index) => lists[index]![at]!);
    let index = lists.length - 1;
    while (index >= 0 && ++cursor[index]! === lists[index]!.length) cursor[index--] = 0;
    if (index < 0) return;
  }
}
