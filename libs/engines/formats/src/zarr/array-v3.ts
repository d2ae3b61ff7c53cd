import { TesseraError, type ArrayManifest, type AxisChunks, type CodecSpec, type DataType, type Source, type TemplateRefs } from '@tessera/domain';
import { checkChunks, checkDims, checkShape } from './check-array.ts';
import { objectCodecs, pipelineOfV3 } from './codecs.ts';
import { parseDataTypeV3, variableLengthTypes } from './data-type-v3.ts';
import { parseFillValue } from './fill-value.ts';
import type { ParsedArray } from './parsed-array.ts';
import { attributesOf, type ZarrDocument } from './read-document.ts';

/** The `zarr.json` of an array as a manifest (Zarr v3 core specification). @throws TesseraError gone if it cannot be read. */
export function parseArrayV3(uri: string, document: ZarrDocument, sources: readonly Source[]): ParsedArray {
  if (Array.isArray(document['storage_transformers']) && document['storage_transformers'].length > 0) {
    throw new TesseraError('gone', 'Arrays with storage transformers cannot be served.');
  }
  const codecs = pipelineOfV3(document['codecs']);
  const dataType = parseTypeV3(document['data_type'], codecs);
  const shape = checkShape(document['shape'], dataType.itemsize);
  const fillValue = parseFillValue(document['fill_value'], dataType);
  const manifest: ArrayManifest = {
    // Chunks are written one by one, at any time: no other document tells.
    kind: 'array', dataType, sources, volatile: true, codecs,
    grid: { shape, chunks: parseGrid(document['chunk_grid'], shape) },
    edge: 'padded',
    ...(fillValue ? { fillValue } : {}),
    refs: { form: 'template', prefix: uri, ...parseKeyEncoding(document['chunk_key_encoding']) },
  };
  const metadata = attributesOf(document['attributes']);
  const dims = checkDims(document['dimension_names'], shape.length) ?? checkDims(metadata['_ARRAY_DIMENSIONS'], shape.length);
  return { manifest, metadata, ...(dims ? { dims } : {}) };
}

function parseTypeV3(found: unknown, codecs: readonly CodecSpec[]): DataType {
  const name = typeof found === 'string' ? found : (found as { name?: unknown } | null)?.name;
  const kind = variableLengthTypes[String(name)];
  if (!kind) return parseDataTypeV3(found);
  if (!encodesStrings(codecs, kind)) throw new TesseraError('gone', `Strings of variable length must be encoded as such, not with ${JSON.stringify(codecs.map((codec) => codec.name))}.`);
  return { kind, itemsize: 0, endianness: kind === 'U' ? 'little' : 'not_applicable' };
}

/** Whether the codecs, or those of the chunks in shards, are for strings. */
function encodesStrings(codecs: readonly CodecSpec[], kind: 'U' | 'S'): boolean {
  return codecs.some(({ name, configuration }) => objectCodecs[name] === kind || (name === 'sharding_indexed' && encodesStrings((configuration?.['codecs'] ?? []) as CodecSpec[], kind)));
}

function parseGrid(found: unknown, shape: readonly number[]): AxisChunks[] {
  const { name, configuration } = (found ?? {}) as { name?: unknown; configuration?: Record<string, unknown> };
  if (name !== 'regular') throw new TesseraError('gone', `The chunk grid ${JSON.stringify(name)} cannot be served; "regular" can.`);
  return checkChunks(configuration?.['chunk_shape'], shape);
}

function parseKeyEncoding(found: unknown): Omit<TemplateRefs, 'form' | 'prefix'> {
  const { name, configuration } = (typeof found === 'string' ? { name: found } : (found ?? {})) as { name?: unknown; configuration?: Record<string, unknown> };
  if (name === 'zarrs.default_suffix' && typeof configuration?.['suffix'] === 'string') {
    return { ...parseKeyEncoding({ name: 'default', configuration }), keySuffix: configuration['suffix'] };
  }
  if (name !== 'default' && name !== 'v2') throw new TesseraError('gone', `The chunk keys ${JSON.stringify(name)} are not known.`);
  const separator = configuration?.['separator'] ?? (name === 'default' ? '/' : '.');
  if (separator !== '/' && separator !== '.') throw new TesseraError('gone', `The separator ${JSON.stringify(separator)} is neither "." nor "/".`);
  return name === 'default' ? { keyPrefix: `c${separator}`, separator, scalarKey: 'c' } : { keyPrefix: '', separator, scalarKey: '0' };
}
