import { isStruct, regularChunkShape, type ArrayLayout, type AxisChunks, type CodecSpec, type JsonObject } from '@tessera/domain';
import { codecsV2, type CodecsV2 } from './codecs-v2.ts';
import { dtypeV2 } from './dtype-v2.ts';
import type { FillValue } from './fill-value.ts';

/** What is published of an array: a regular grid and codecs that the reader is asked for. */
export interface ZarrView {
  readonly chunkShape: readonly number[];
  readonly codecs: readonly CodecSpec[];
  readonly v2: CodecsV2;
}

/** Chunks that must be made anew are compressed with what every Zarr client has, quickly. */
const transcoded: readonly CodecSpec[] = [{ name: 'bytes' }, { name: 'zstd', configuration: { level: 1 } }];
const transcodedV2: CodecsV2 = { order: 'C', filters: null, compressor: { id: 'zstd', level: 1 } };

/** Longest a made-up chunk gets along an axis; keeps grids of odd files usable. */
const maxAxisLength = 10_000;

/**
 * Chooses what to publish. The stored grid and codecs wherever Zarr v2 can name them: then
 * the bytes pass through as they lie. Otherwise the stored grid transcoded, or for an
 * irregular grid a regular one, assembled.
 */
export function zarrView(layout: ArrayLayout): ZarrView {
  const sharding = layout.codecs.find((codec) => codec.name === 'sharding_indexed');
  const innerShape = sharding?.configuration?.['chunk_shape'] as readonly number[] | undefined;
  const stored = innerShape ?? regularChunkShape(layout.grid);
  const chunkShape = stored ?? layout.grid.chunks.map((chunks, axis) => longestChunk(layout.grid.shape[axis]!, chunks));
  const endianness = isStruct(layout.dataType) ? 'not_applicable' : layout.dataType.endianness;
  const v2 = stored && !innerShape ? codecsV2(layout.codecs, chunkShape.length, endianness) : undefined;
  return v2 ? { chunkShape, codecs: layout.codecs, v2 } : { chunkShape, codecs: transcoded, v2: transcodedV2 };
}

function longestChunk(length: number, chunks: AxisChunks): number {
  const longest = typeof chunks === 'number' ? chunks : chunks.reduce((most, part) => Math.max(most, part), 1);
  return Math.min(Math.max(longest, 1), maxAxisLength, Math.max(length, 1));
}

/** The `.zarray` document (Zarr v2 specification, "Arrays"). */
export function zarrayDocument(layout: ArrayLayout, view: ZarrView, fillValue: FillValue): JsonObject {
  return {
    zarr_format: 2,
    shape: layout.grid.shape,
    chunks: view.chunkShape,
    dtype: dtypeV2(layout.dataType),
    fill_value: fillValue,
    order: view.v2.order,
    filters: view.v2.filters,
    compressor: view.v2.compressor,
    dimension_separator: '.',
  } as unknown as JsonObject;
}

/** Number of published chunks along each axis. */
export function publishedGridShape(layout: ArrayLayout, view: ZarrView): number[] {
  return layout.grid.shape.map((length, axis) => Math.ceil(length / view.chunkShape[axis]!));
}
