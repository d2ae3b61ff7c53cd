import { chunkOrdinal, isChunkInGrid } from './chunk-grid.ts';
import type { ChunkRef, TemplateRefs } from './chunk-refs.ts';
import type { ArrayManifest } from './manifest.ts';

/**
 * Where the chunk lies. Undefined if it was never written (the fill value counts)
 * or the index is outside the grid. A template answers for every index of the
 * grid; whether the object exists is for the store to say.
 */
export function locate(manifest: ArrayManifest, chunkIndex: readonly number[]): ChunkRef | undefined {
  const { grid, refs } = manifest;
  if (!isChunkInGrid(grid, chunkIndex)) return undefined;
  switch (refs.form) {
    case 'template':
      return { kind: 'object', uri: `${refs.prefix}/${templateKey(refs, chunkIndex)}` };
    case 'affine': {
      const start = chunkOrdinal(grid, chunkIndex) * refs.byteStride;
      const byteLength = Math.min(refs.byteStride, refs.byteLength - start);
      return { kind: 'range', uri: refs.uri, byteOffset: refs.byteOffset + start, byteLength };
    }
    case 'table': {
      const ordinal = chunkOrdinal(grid, chunkIndex);
      const byteOffset = refs.byteOffsets[ordinal]!;
      if (byteOffset < 0) return undefined;
      const codecMask = refs.codecMasks?.[ordinal] ?? 0;
      const range = { kind: 'range', uri: refs.uris[refs.uriIndex?.[ordinal] ?? 0]!, byteOffset, byteLength: refs.byteLengths[ordinal]! } as const;
      return codecMask === 0 ? range : { ...range, codecMask };
    }
    case 'inline':
      return { kind: 'inline', bytes: refs.bytes };
  }
}

/** The object key of a chunk below the array's folder (Zarr v3, "Chunk key encodings"). */
export function templateKey(refs: TemplateRefs, chunkIndex: readonly number[]): string {
  return chunkIndex.length === 0 ? refs.scalarKey : refs.keyPrefix + chunkIndex.join(refs.separator);
}
