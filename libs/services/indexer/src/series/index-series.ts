// Files of a series → one array: the header of each is read once, when it is registered.
import {
  TesseraError, elementCount, formatDescr,
  type ByteStore, type Call, type CodecLoaders, type Entry, type FileSeries, type Format, type IndexedNode, type Manifest,
} from '@tessera/domain';
import { uriName } from '@tessera/storage';
import { namePattern, seriesMetadata, type UnreadableFrame } from './describe-series.ts';
import type { FrameLayout } from './frame-layout.ts';
import { readFrames, type FoundFrame } from './read-frames.ts';
import { seriesRefs } from './series-refs.ts';

export interface SeriesIndexing {
  readonly store: ByteStore;
  readonly format: Format;
  /** Absent = the built-in ones. */
  readonly codecs?: CodecLoaders | undefined;
  /** What was made of the files before. */
  readonly previous?: Manifest;
}

/** The names of a series go with it from process to process in one message. */
const maxFrames = 2 ** 20;

/**
 * One node for all files, in order of their numbers. A file that is damaged, or of another layout than most,
 * keeps its place, and says so when it is read. Undefined if most of them are not alike.
 * @throws TesseraError too_large if there are more files or chunks than one manifest can hold.
 */
export async function indexSeries(folderUri: string, series: FileSeries, indexing: SeriesIndexing, call?: Call): Promise<IndexedNode | undefined> {
  if (series.numbers.length > maxFrames) throw new TesseraError('too_large', `A sequence of more than ${maxFrames} files cannot be one array.`);
  const entries = entriesOf(folderUri, series);
  const { frames, metadata } = await readFrames(entries, series, indexing, call);
  const layout = commonLayout(frames);
  if (!layout) return undefined;
  const unreadable = unreadableFrames(frames, entries, layout);
  const grid = { shape: [entries.length, ...layout.grid.shape], chunks: [1, ...layout.grid.chunks] };
  const { dataType, edge, fillValue, codecs } = layout;
  if (!Number.isSafeInteger(elementCount(grid.shape) * Math.max(dataType.itemsize, 1))) throw new TesseraError('too_large', 'The files have more elements than can be counted.');
  return {
    path: [], specs: [],
    structure: { family: 'array', array: { dataType, ...grid } },
    metadata: { ...metadata, series: seriesMetadata(namePattern(uriName(series.prefix), series.suffix, series.width), series.numbers, unreadable) },
    dataSource: { mediaType: seriesMediaType(indexing.format.mediaTypes[0]!), management: 'external', assets: [] },
    manifest: {
      kind: 'array', dataType, grid, edge, ...(fillValue ? { fillValue } : {}), codecs, sources: [],
      refs: seriesRefs(folderUri, series, frames, layout, unreadable),
    },
  };
}

const seriesTypePrefix = 'multipart/related;type=';

/** The media type of many files as one array. */
export function seriesMediaType(mediaType: string): string {
  return seriesTypePrefix + mediaType;
}

/** Whether it is the media type of many files as one array. */
export function isSeriesMediaType(mediaType: string): boolean {
  return mediaType.startsWith(seriesTypePrefix);
}

function entriesOf(folderUri: string, { prefix, suffix, width, numbers, byteLengths, modifiedAtMs, etags }: FileSeries): Entry[] {
  return numbers.map((number, index) => {
    const byteLength = byteLengths[index] ?? NaN;
    const time = modifiedAtMs[index] ?? NaN;
    return {
      uri: `${folderUri}/${prefix}${String(number).padStart(width, '0')}${suffix}`,
      isDirectory: false,
      ...(Number.isNaN(byteLength) ? {} : { byteLength }),
      ...(Number.isNaN(time) ? {} : { modifiedAtMs: time }),
      ...(etags?.[index] === undefined ? {} : { etag: etags[index] }),
    };
  });
}

/** The layout of more than half of the sound files, if there are two of it at least (or there is but one file). */
function commonLayout(frames: readonly FoundFrame[]): FrameLayout | undefined {
  const counts = new Map<FrameLayout | undefined, number>();
  let sound = 0;
  for (const frame of frames) {
    if (frame.problem !== undefined) continue;
    counts.set(frame.layout, (counts.get(frame.layout) ?? 0) + 1);
    sound++;
  }
  for (const [layout, count] of counts) {
    if (count * 2 > sound) return count >= 2 || frames.length === 1 ? layout : undefined;
  }
  return undefined;
}

function unreadableFrames(frames: readonly FoundFrame[], entries: readonly Entry[], layout: FrameLayout): UnreadableFrame[] {
  return frames.flatMap((frame, index): UnreadableFrame[] => {
    if (frame.problem === undefined && frame.layout === layout) return [];
    const reason = frame.problem ?? difference(frame.layout, layout);
    return [{ index, file: uriName(entries[index]!.uri), reason, isServedApart: frame.problem === undefined }];
  });
}

function difference(own: FrameLayout | undefined, others: FrameLayout): string {
  if (!own) return 'It holds something else than one array that can be stacked.';
  const [mine, theirs] = [own, others].map(({ dataType, grid }) => `${grid.shape.join(' × ') || 'a single value'} of ${JSON.stringify(formatDescr(dataType))}`);
  return mine === theirs ? 'It is stored in another way than the others: its chunks or its compression differ.' : `It is ${mine}, the others are ${theirs}.`;
}
