import { isStruct, type ArrayLayout, type CodecSpec, type JsonObject } from '@tessera/domain';
import { codecsV2, type CodecsV2 } from './codecs-v2.ts';
import { dtypeV2 } from './dtype-v2.ts';
import type { FillValue } from './fill-value-json.ts';
import { shufflesWholeElements } from './shuffles-whole-elements.ts';
import { remadeChunkShape, storedChunkShape, type ZarrView } from './zarr-view.ts';

/** What is published of an array as Zarr v2. */
export interface ZarrV2View extends ZarrView {
  readonly v2: CodecsV2;
}

/** Chunks that must be made anew are compressed with what every Zarr client has, quickly. */
const transcoded: readonly CodecSpec[] = [{ name: 'bytes' }, { name: 'zstd', configuration: { level: 1 } }];
const transcodedV2: CodecsV2 = { order: 'C', filters: null, compressor: { id: 'zstd', level: 1 } };

/**
 * Chooses what to publish. The stored grid and codecs wherever Zarr v2 can name them: then
 * the bytes pass through as they lie. Otherwise the stored grid transcoded, of shards the
 * grid inside, or for an irregular grid a regular one, assembled.
 */
export function zarrV2View(layout: ArrayLayout): ZarrV2View {
  const chunkShape = storedChunkShape(layout);
  const endianness = isStruct(layout.dataType) ? 'not_applicable' : layout.dataType.endianness;
  const v2 = chunkShape && shufflesWholeElements(layout.codecs, chunkShape, layout.dataType.itemsize) ? codecsV2(layout.codecs, chunkShape.length, endianness) : undefined;
  return chunkShape && v2 ? { chunkShape, codecs: layout.codecs, v2 } : { chunkShape: remadeChunkShape(layout), codecs: transcoded, v2: transcodedV2 };
}

/** The `.zarray` document (Zarr v2 specification, "Arrays"). */
export function zarrayDocument(layout: ArrayLayout, view: ZarrV2View, fillValue: FillValue): JsonObject {
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
