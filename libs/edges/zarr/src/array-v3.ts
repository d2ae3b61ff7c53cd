import type { ArrayLayout, CodecSpec, Json, JsonObject } from '@tessera/domain';
import { codecsV3, type CodecsV3 } from './codecs-v3.ts';
import { dataTypeV3 } from './data-type-v3.ts';
import { fillValueJson } from './fill-value-json.ts';
import { publishedType } from './published-type.ts';
import { shufflesWholeElements } from './shuffles-whole-elements.ts';
import { remadeChunkShape, storedChunkShape, type ZarrView } from './zarr-view.ts';

/** What is published of an array as Zarr v3. */
export interface ZarrV3View extends ZarrView {
  readonly v3: CodecsV3;
}

/** Chunks that must be made anew are compressed with what every Zarr client has, quickly. */
const transcoded: readonly CodecSpec[] = [{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'zstd', configuration: { level: 1 } }];

/**
 * Chooses what to publish. The stored grid and codecs wherever Zarr v3 can name them, whole
 * shards among them: then the bytes pass through as they lie. Otherwise the stored grid
 * transcoded, of shards the grid inside, or for an irregular grid a regular one, assembled.
 */
export function zarrV3View(layout: ArrayLayout): ZarrV3View {
  const chunkShape = storedChunkShape(layout);
  const rank = layout.grid.shape.length;
  const v3 = chunkShape && shufflesWholeElements(layout.codecs, chunkShape, layout.dataType.itemsize) ? codecsV3(layout.codecs, layout.dataType, rank) : undefined;
  if (chunkShape && v3) return { chunkShape, codecs: layout.codecs, v3 };
  return { chunkShape: remadeChunkShape(layout), codecs: transcoded, v3: codecsV3(transcoded, layout.dataType, rank)! };
}

/** The zarr.json of an array (Zarr v3 core specification, "Array metadata"). */
export function arrayDocumentV3(layout: ArrayLayout, { chunkShape, v3 }: ZarrV3View, attributes: JsonObject, dims: readonly string[] | undefined): JsonObject {
  return {
    zarr_format: 3,
    node_type: 'array',
    shape: layout.grid.shape,
    data_type: dataTypeV3(layout.dataType, v3.isVariableLength),
    chunk_grid: { name: 'regular', configuration: { chunk_shape: chunkShape } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: fillValueV3(layout),
    codecs: v3.codecs,
    attributes,
    ...(dims ? { dimension_names: dims } : {}),
    storage_transformers: [],
  } as unknown as JsonObject;
}

/** v3 has no null: a chunk that was never written is always one of these. */
function fillValueV3({ dataType, fillValue }: ArrayLayout): Json {
  const type = publishedType(dataType);
  return fillValueJson(type, fillValue?.byteLength === type.itemsize ? fillValue : undefined) as unknown as Json;
}
