import { TesseraError, errorCodes, isTesseraError, sourceOf, toTesseraError, type Call, type Entry, type FileSeries, type Indexer, type NodeDraft, type NodePath } from '@tessera/domain';
import { uriName } from '@tessera/storage';
import { isLink, type ItemFinder } from '../found-item.ts';
import { containerDraft, unknownMediaType } from '../index-file.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { seriesKeyOf } from '../node-keys.ts';
import { servedApart } from './describe-series.ts';
import { groupSeries, stackedSuffixes, type Frame, type SeriesFiles } from './group-series.ts';

/** Links that are followed at a time. */
const lookConcurrency = 16;

export interface SeriesItem {
  readonly kind: 'series';
  /** The name of the first file that has no other node. */
  readonly name: string;
  readonly key: string;
  readonly files: SeriesFiles;
  /** What is to be registered; absent if it is registered at `knownPath` as it is now. */
  readonly drafts?: readonly NodeDraft[];
  readonly knownPath?: NodePath;
  readonly problem?: string;
}

/** A series, and the entries of it that have nodes of their own, besides or instead. */
export interface FoundSeries {
  readonly item?: SeriesItem;
  readonly apart: readonly Entry[];
}

/** What files of a series are now: one array, as far as they are alike. What is registered and has not changed is not opened. */
export async function findSeries(listed: SeriesFiles, finder: ItemFinder): Promise<FoundSeries> {
  const { frames, broken } = await followLinks(listed.frames, finder);
  const files = { ...listed, frames };
  if (frames.length < 2) return { apart: listed.frames.map(({ entry }) => entry) };
  const { known } = finder;
  const facts = frames.map(({ entry }) => sourceOf(entry));
  const knownPath = known.commonPath(facts);
  if (knownPath) {
    const indices = frames.flatMap(({ entry }, index) => (known.isAlsoAt(entry.uri, knownPath) ? [index] : []));
    return { item: itemOf(files, indices, { knownPath }), apart: [...broken, ...indices.map((index) => frames[index]!.entry)] };
  }
  if (known.areApart(facts)) return { apart: [...broken, ...frames.map(({ entry }) => entry)] };
  const indexed = await indexFiles(files, finder.indexer, finder.call, await finder.previousOf(known.formerPath(facts)));
  if (!indexed) return { apart: [...broken, ...frames.map(({ entry }) => entry)] };
  const indices = servedApart(indexed.drafts[0]!.metadata);
  return { item: itemOf(files, indices, indexed), apart: [...broken, ...indices.map((index) => frames[index]!.entry)] };
}

function itemOf(files: SeriesFiles, apart: readonly number[], found: Pick<SeriesItem, 'drafts' | 'knownPath' | 'problem'>): SeriesItem {
  const others = new Set(apart);
  const first = files.frames.find((_, index) => !others.has(index))!;
  const name = uriName(first.entry.uri);
  return { kind: 'series', name, key: seriesKeyOf(name)!, files, ...found };
}

/** Registered as one array; undefined if the files do not make one. @throws TesseraError cancelled. */
export async function indexFiles(files: SeriesFiles, indexer: Indexer, call: Call, previous: FileSeries['previous']): Promise<{ readonly drafts: readonly NodeDraft[]; readonly problem?: string; readonly isPassing?: boolean } | undefined> {
  try {
    for await (const draft of indexer.index({ uri: files.folderUri, series: requestOf(files, previous) }, call)) {
      return { drafts: [{ ...draft, dataSource: { ...draft.dataSource!, assets: assetsOf(files) } }] };
    }
    return undefined;
  } catch (error) {
    if (call.signal?.aborted) throw new TesseraError('cancelled', 'Indexing was stopped.');
    const { code, message: problem } = toTesseraError(error);
    const isPassing = code !== 'internal' && (errorCodes[code].retryable || code === 'cancelled');
    // Without the facts of the files it is tried again the next time.
    const assets = isPassing ? assetsOf(files).map(({ uri, isDirectory, parameter, ordinal }) => ({ uri, isDirectory, parameter, ordinal })) : assetsOf(files);
    return { drafts: [{ ...containerDraft, problem, dataSource: { mediaType: unknownMediaType, management: 'external', assets } }], problem, isPassing };
  }
}

function requestOf({ prefix, suffix, width, frames }: SeriesFiles, previous: FileSeries['previous']): FileSeries {
  const etags = frames.map(({ entry }) => sourceOf(entry).etag);
  return {
    prefix, suffix, width,
    numbers: frames.map(({ number }) => number),
    byteLengths: frames.map(({ entry }) => entry.byteLength ?? NaN),
    modifiedAtMs: frames.map(({ entry }) => entry.modifiedAtMs ?? NaN),
    ...(etags.every((etag) => etag !== undefined) ? { etags } : {}),
    ...(previous ? { previous } : {}),
  };
}

/** The files of a series as assets, in order. */
export function assetsOf({ frames }: SeriesFiles) {
  return frames.map(({ entry }, ordinal) => ({ ...sourceOf(entry), isDirectory: false, parameter: 'data_uris', ordinal }));
}

/** The files that a folder has now of the series that these were; undefined if there is none of them. */
export async function findFilesAgain(uris: readonly string[], { store, formats, call }: Pick<ItemFinder, 'store' | 'formats' | 'call'>): Promise<SeriesFiles | undefined> {
  const suffixes = await stackedSuffixes(formats);
  const nameOnly = (uri: string): Entry => ({ uri, isDirectory: false });
  const [before] = groupSeries(uris.map(nameOnly), suffixes, 1).series;
  if (!before) return undefined;
  const listed: Entry[] = [];
  for await (const entry of store.list(before.folderUri, call)) listed.push(entry);
  const known = new Set(uris);
  const similar = groupSeries(listed, suffixes, 1).series.filter(({ prefix, suffix }) => prefix === before.prefix && suffix === before.suffix);
  // Zeros in front may have gone with the files that had them.
  const after = similar.find(({ width }) => width === before.width) ?? similar.find(({ frames }) => frames.some(({ entry }) => known.has(entry.uri)));
  const frames = after && (await followLinks(after.frames, { store, call })).frames;
  return frames?.length ? { ...after!, frames } : undefined;
}

/** Frames with their facts; links that lead nowhere, or to a folder, are none. */
export async function followLinks(frames: readonly Frame[], { store, call }: Pick<ItemFinder, 'store' | 'call'>): Promise<{ readonly frames: readonly Frame[]; readonly broken: readonly Entry[] }> {
  const followed = await mapConcurrently(frames, lookConcurrency, async (frame) => (isLink(frame.entry) ? { ...frame, entry: await follow(frame.entry) } : frame));
  const isSound = (frame: Frame) => !isLink(frame.entry) && !frame.entry.isDirectory;
  return { frames: followed.filter(isSound), broken: frames.filter((_, index) => !isSound(followed[index]!)).map(({ entry }) => entry) };

  async function follow(link: Entry): Promise<Entry> {
    try {
      return await store.stat(link.uri, call) ?? link;
    } catch (error) {
      if (call.signal?.aborted || !isTesseraError(error) || error.code === 'internal') throw error;
      return link;
    }
  }
}
