import { TesseraError, type ArrayManifest, type ByteStore, type Call, type DataSourceDraft, type Entry, type Format, type IndexedNode, type ScalarType, type Source } from '@tessera/domain';
import { BlockWindow } from '../block-window.ts';
import { layOut } from './array-layout.ts';
import { unsupported } from './damage.ts';
import { TiffFile, isTiff } from './directory.ts';
import { findSeries } from './find-series.ts';
import { Frames } from './frames.ts';
import { noDataValue } from './no-data.ts';
import { codecsOf } from './page-codecs.ts';
import { dataTypeOf } from './page-type.ts';
import { stackedSeries, type Series } from './series.ts';
import { tagMetadata } from './tags.ts';

const mediaType = 'image/tiff';

/** Directories are small and lie far apart. */
const directoryBlocks = { blockByteLength: 16 * 1024, maxBlocks: 64, maxCachedRead: 64 * 1024, formatName: 'TIFF' };

/** TIFF and BigTIFF: one array, that of the first series of images, a node without children. */
export const tiffFormat: Format = {
  name: 'tiff',
  mediaTypes: [mediaType],
  suffixes: ['.tif', '.tiff', '.btf', '.tf8'],
  isStacked: true,

  sniff: (entry, head) => !entry.isDirectory && isTiff(head),

  async *index(entry, store, _parameters, call) {
    yield await indexTiff(entry, store, call);
  },
};

async function indexTiff(entry: Entry, store: ByteStore, call: Call | undefined): Promise<IndexedNode> {
  const { byteLength } = entry.byteLength === undefined ? await statOf(entry, store, call) : entry;
  const file = await TiffFile.open(new BlockWindow(store, entry.uri, byteLength!, directoryBlocks, call));
  const frames = new Frames(file);
  const { page } = await frames.first();
  const series = await findSeries(file, frames, entry.uri.slice(entry.uri.lastIndexOf('/') + 1));
  const source = sourceOf(entry, byteLength!);
  const { manifest, blocks } = await describe(series, file, source);
  const dims = series.axes && new Set(series.axes).size === series.axes.length && manifest.grid.shape === series.shape ? series.axes : undefined;
  const dataSource: DataSourceDraft = { mediaType, management: 'external', assets: [{ ...source, isDirectory: false, parameter: 'data_uri' }] };
  return {
    path: [], specs: [], dataSource, manifest,
    metadata: { ...(await tagMetadata(file, page.directory)), ...series.metadata },
    structure: { family: 'array', array: { dataType: manifest.dataType, shape: manifest.grid.shape, chunks: blocks, ...(dims ? { dims } : {}) } },
  };
}

async function describe(series: Series, file: TiffFile, source: Source): Promise<{ manifest: ArrayManifest; blocks: readonly number[] }> {
  const { page, frames, runCount } = series;
  for (const frame of frames) {
    if (frame && frame.page.key !== page.key) throw unsupported('The images of this TIFF file belong together but are not stored alike, so they cannot be read as one array');
    if (frame && frame.page.jpegTables !== page.jpegTables) throw unsupported('The images of this TIFF file have JPEG tables of their own each, so they cannot be read as one array');
  }
  const dataType: ScalarType = dataTypeOf(page, file.isLittleEndian);
  const codecs = codecsOf(page, file.isLittleEndian);
  const written = frames.filter((frame) => frame !== undefined);
  const { blocks, ...layout } = layOut(series, dataType.itemsize, source.uri) ?? layOut(stackedSeries(written, page, runCount), dataType.itemsize, source.uri)!;
  const fillValue = await noDataValue(file, page, dataType);
  return { manifest: { kind: 'array', dataType, ...layout, codecs, ...(fillValue ? { fillValue } : {}), sources: [source] }, blocks };
}

async function statOf(entry: Entry, store: ByteStore, call: Call | undefined): Promise<Entry> {
  const found = await store.stat(entry.uri, call);
  if (found?.byteLength === undefined) throw new TesseraError('gone', 'The file is no longer there.');
  return found;
}

function sourceOf({ uri, modifiedAtMs, etag }: Entry, byteLength: number): Source {
  return { uri, byteLength, ...(modifiedAtMs === undefined ? {} : { modifiedAtMs }), ...(etag === undefined ? {} : { etag }) };
}
