import { chunkOrdinal, chunkOriginAt, chunkShapeAt, elementCount, isChunkInGrid, type ChunkGrid } from './chunk-grid.ts';
import type { ChunkRef, TemplateRefs } from './chunk-refs.ts';
import type { ArrayManifest } from './manifest.ts';
import { locateInSeries } from './locate-in-series.ts';

/**
 * Where the chunk lies. Undefined if it was never written (the fill value counts)
 * or the index is outside the grid. A template answers for every index of the
 * grid; whether the object exists is for the store to say. A mosaic has no chunks that could be located.
 */
export function locate(manifest: ArrayManifest, chunkIndex: readonly number[]): ChunkRef | undefined {
  const { grid, refs } = manifest;
  if (!isChunkInGrid(grid, chunkIndex)) return undefined;
  switch (refs.form) {
    case 'template':
      return { kind: 'object', uri: `${refs.prefix}/${templateKey(refs, chunkIndex)}` };
    case 'affine': {
      const { start, byteLength } = manifest.edge === 'padded'
        ? { start: chunkOrdinal(grid, chunkIndex) * refs.byteStride, byteLength: refs.chunkByteLength ?? refs.byteStride }
        : clippedRun(grid, chunkIndex, refs.byteStride);
      return { kind: 'range', uri: refs.uri, byteOffset: refs.byteOffset + start, byteLength: Math.min(byteLength, refs.byteLength - start) };
    }
    case 'table': {
      const ordinal = chunkOrdinal(grid, chunkIndex);
      const byteOffset = refs.byteOffsets[ordinal]!;
      if (byteOffset < 0) return undefined;
      const codecMask = refs.codecMasks?.[ordinal] ?? 0;
      const range = { kind: 'range', uri: refs.uris[refs.uriIndex?.[ordinal] ?? 0]!, byteOffset, byteLength: refs.byteLengths[ordinal]! } as const;
      return codecMask === 0 ? range : { ...range, codecMask };
    }
    case 'series':
      return locateInSeries(refs, chunkOrdinal(grid, chunkIndex));
    case 'inline':
      return { kind: 'inline', bytes: refs.bytes };
    case 'mosaic':
      return undefined;
  }
}

/**
 * Where a chunk begins, and its bytes, if each chunk follows the one before in C order of the grid and those
 * at an edge are cut: every row of the grid may end with a shorter chunk, so strides do not add up.
 */
function clippedRun(grid: ChunkGrid, chunkIndex: readonly number[], byteStride: number): { start: number; byteLength: number } {
  const origin = chunkOriginAt(grid, chunkIndex);
  const extent = chunkShapeAt(grid, chunkIndex);
  // A stride is the first chunk's length: that is never cut more than any other.
  const elementByteLength = byteStride / elementCount(chunkShapeAt(grid, grid.shape.map(() => 0)));
  const elementsBefore = origin.reduce((sum, first, axis) => {
    return sum + elementCount(extent.slice(0, axis)) * first * elementCount(grid.shape.slice(axis + 1));
  }, 0);
  return { start: elementsBefore * elementByteLength, byteLength: elementCount(extent) * elementByteLength };
}

/** The object key of a chunk below the array's folder (Zarr v3, "Chunk key encodings"). */
export function templateKey(refs: TemplateRefs, chunkIndex: readonly number[]): string {
  const key = chunkIndex.length === 0 ? refs.scalarKey : refs.keyPrefix + chunkIndex.join(refs.separator);
  return refs.keySuffix === undefined ? key : key + refs.keySuffix;
}
