import { TesseraError, isStruct, type ArrayManifest, type DataType, type JsonObject, type Source } from '@tessera/domain';
import { parseFoundDescr } from '../data-type-checks.ts';
import type { ParsedArray } from './parsed-array.ts';
import { checkChunks, checkDims, checkShape } from './check-array.ts';
import { objectCodecs, pipelineOfV2 } from './codecs.ts';
import { parseFillValue } from './fill-value.ts';
import { attributesOf, bareNumber, type ZarrDocument } from './read-document.ts';

/** `.zarray` and `.zattrs` as a manifest (Zarr v2 specification). @throws TesseraError gone if it cannot be read. */
export function parseArrayV2(uri: string, array: ZarrDocument, attributes: ZarrDocument | undefined, sources: readonly Source[]): ParsedArray {
  if (array['zarr_format'] !== 2) throw new TesseraError('gone', `The zarr format ${JSON.stringify(array['zarr_format'])} of ".zarray" is not 2.`);
  const dataType = parseTypeV2(array['dtype'], array['filters']);
  const shape = checkShape(array['shape'], dataType.itemsize);
  const separator = array['dimension_separator'] ?? '.';
  if (separator !== '.' && separator !== '/') throw new TesseraError('gone', `The dimension separator ${JSON.stringify(separator)} is neither "." nor "/".`);
  const endian = isStruct(dataType) || dataType.endianness === 'not_applicable' ? undefined : dataType.endianness;
  const fillValue = parseFillValue(array['fill_value'], dataType);
  const manifest: ArrayManifest = {
    // Chunks are written one by one, at any time: no other document tells.
    kind: 'array', dataType, sources, volatile: true,
    grid: { shape, chunks: checkChunks(array['chunks'], shape) },
    edge: 'padded',
    ...(fillValue ? { fillValue } : {}),
    codecs: pipelineOfV2(array['order'], shape.length, array['filters'], array['compressor'], endian),
    refs: { form: 'template', prefix: uri, keyPrefix: '', separator, scalarKey: '0' },
  };
  const metadata = attributesOf(attributes);
  const dims = checkDims(metadata['_ARRAY_DIMENSIONS'], shape.length);
  return dims ? { manifest, metadata: withMark(metadata, array['fill_value'], dataType), dims } : { manifest, metadata };
}

/**
 * Of variables that xarray wrote the fill value is the mark of missing values, an attribute in every other format
 * (xarray's "Zarr encoding specification"). Integers that a number cannot hold are their digits.
 */
function withMark(metadata: JsonObject, found: unknown, dataType: DataType): JsonObject {
  const value = typeof found === 'bigint' ? String(found) : bareNumber(found);
  const isMark = !isStruct(dataType) && 'iuf'.includes(dataType.kind) && (typeof value === 'number' || typeof value === 'string');
  return isMark && metadata['_FillValue'] === undefined ? { ...metadata, _FillValue: value } : metadata;
}

/** Objects are served if a filter says that they are strings; their width is 0 until it is measured. */
function parseTypeV2(found: unknown, filters: unknown): DataType {
  if (found !== '|O') return parseFoundDescr(found);
  const ids = Array.isArray(filters) ? filters.map((filter) => (filter as { id?: unknown } | null)?.id) : [];
  const kind = ids.map((id) => objectCodecs[String(id)]).find((each) => each !== undefined);
  if (!kind) throw new TesseraError('gone', `Objects encoded with ${JSON.stringify(ids)} cannot be served; strings can.`);
  return { kind, itemsize: 0, endianness: kind === 'U' ? 'little' : 'not_applicable' };
}
