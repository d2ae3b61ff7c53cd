import { TesseraError, elementCount, type ByteStore, type Call, type CodecSpec, type DataSourceDraft, type Entry, type IndexedNode, type ScalarType, type Source } from '@tessera/domain';

/** Most pixels, and bytes once decoded: an image is decoded as a whole. */
const maxPixelCount = 2 ** 28;
const maxImageByteLength = 2 ** 30;

/** No deflate stream gives more for a byte (zlib's technical details); JPEG is below that as well. */
const maxExpansion = 1032;

/** What the header of an image says of its pixels. */
export interface ImageFacts {
  readonly width: number;
  readonly height: number;
  /** 1 = grey, without an axis of its own. */
  readonly samples: number;
  readonly dataType: ScalarType;
  readonly codec: CodecSpec;
  /** Bits of a pixel as they are before compression. */
  readonly storedPixelBits: number;
}

/** An image file as one array of one chunk. @throws TesseraError gone if it would take too much memory to decode. */
export function imageNode(entry: Entry & { readonly byteLength: number }, mediaType: string, facts: ImageFacts): IndexedNode {
  const { width, height, samples, dataType, codec } = facts;
  const { uri, byteLength, modifiedAtMs, etag } = entry;
  const shape = [height, width, ...(samples > 1 ? [samples] : [])];
  checkSize(facts, byteLength, elementCount(shape) * dataType.itemsize);
  const source: Source = { uri, byteLength, ...(modifiedAtMs === undefined ? {} : { modifiedAtMs }), ...(etag === undefined ? {} : { etag }) };
  const dataSource: DataSourceDraft = { mediaType, management: 'external', assets: [{ ...source, isDirectory: false, parameter: 'data_uri' }] };
  const grid = { shape, chunks: shape };
  return {
    path: [], metadata: {}, specs: [], dataSource,
    structure: { family: 'array', array: { dataType, ...grid } },
    manifest: {
      kind: 'array', dataType, grid, edge: 'padded', codecs: [codec], sources: [source],
      refs: { form: 'table', uris: [uri], byteOffsets: Float64Array.of(0), byteLengths: Float64Array.of(byteLength) },
    },
  };
}

function checkSize({ width, height, storedPixelBits }: ImageFacts, fileByteLength: number, byteLength: number): void {
  const pixelCount = width * height;
  if (pixelCount > maxPixelCount || byteLength > maxImageByteLength) {
    throw new TesseraError('gone', `The image is too large to be decoded: it has ${height} rows of ${width} pixels. Save it as TIFF with tiles, or as Zarr.`);
  }
  if ((pixelCount * storedPixelBits) / 8 > fileByteLength * maxExpansion) throw new TesseraError('gone', 'The image file is cut off, or damaged: it is far too short for the size it claims.');
}

/** The entry with its length. @throws TesseraError gone if the file is not there. */
export async function measured(entry: Entry, store: ByteStore, call?: Call): Promise<Entry & { readonly byteLength: number }> {
  const found = entry.byteLength === undefined ? await store.stat(entry.uri, call) : entry;
  if (found?.byteLength === undefined) throw new TesseraError('gone', 'The file is no longer there.');
  return { ...found, byteLength: found.byteLength };
}
