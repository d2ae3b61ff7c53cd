import {
  TesseraError, isTesseraError, sourceOf,
  type ByteStore, type Call, type CodecLoaders, type DataSourceDraft, type Entry, type FileSeries, type Format, type IndexRequest, type IndexedNode, type Indexer, type JsonObject, type Manifest, type ManifestStore, type NodeDraft,
} from '@tessera/domain';
import { formatOfMediaType, formats as allFormats, sniffFormat } from '@tessera/formats';
import { withSteadySources } from '@tessera/storage';
import { ManifestBundler } from './manifest-bundler.ts';
import { withSeenFacts } from './seen-facts.ts';
import { indexSeries } from './series/index-series.ts';
import { settleWidth } from './settle-width.ts';
import { withStorableMetadata } from './storable-metadata.ts';

/** Turns files into drafts: asks the formats whose a file is, and stores the manifests that they find. */
export class IndexerService implements Indexer {
  readonly #store: ByteStore;
  readonly #manifests: ManifestStore;
  readonly #formats: ReadonlyMap<string, () => Promise<Format>>;
  readonly #codecs: CodecLoaders | undefined;

  /** `codecs`: to look into strings of variable length; absent = the built-in ones. */
  constructor(store: ByteStore, manifests: ManifestStore, formats: ReadonlyMap<string, () => Promise<Format>> = allFormats, codecs?: CodecLoaders) {
    this.#store = store;
    this.#manifests = manifests;
    this.#formats = formats;
    this.#codecs = codecs;
  }

  async *index(request: IndexRequest, call?: Call): AsyncIterable<NodeDraft> {
    if (request.series) {
      yield* this.#indexSeries(request, request.series, call);
      return;
    }
    const store = withSteadySources(this.#store);
    const entry = await store.stat(request.uri, call);
    if (!entry) throw new TesseraError('gone', 'There is no such file or folder.');
    const format = await this.#formatOf(request, entry, call);
    const parameters = request.parameters ?? {};
    const bundler = new ManifestBundler(this.#manifests, call);
    let isFirst = true;
    for await (const found of format.index(entry, store, parameters, call)) {
      if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The caller went away.');
      const node = await settleWidth(withSeenFacts(isFirst ? withDataSource(found, request, format, entry) : found, store), store, call, this.#codecs);
      isFirst = false;
      yield* await bundler.add(withStorableMetadata(node));
    }
    yield* await bundler.finish();
  }

  async *#indexSeries(request: IndexRequest, series: FileSeries, call: Call | undefined): AsyncIterable<NodeDraft> {
    const { prefix, suffix, width, numbers } = series;
    if (numbers.length === 0) return;
    const first: Entry = { uri: `${request.uri}/${prefix}${String(numbers[0]!).padStart(width, '0')}${suffix}`, isDirectory: false };
    const format = await sniffFormat(first, this.#store, this.#formats, call);
    if (!format?.isStacked) return;
    const previous = series.previous && await this.#manifestOf(series.previous.manifestId, call);
    const node = await indexSeries(request.uri, series, { store: this.#store, format, codecs: this.#codecs, ...(previous ? { previous } : {}) }, call);
    if (!node) return;
    const bundler = new ManifestBundler(this.#manifests, call);
    yield* await bundler.add(withStorableMetadata(node));
    yield* await bundler.finish();
  }

  /** Undefined if it is lost. */
  async #manifestOf(id: string, call: Call | undefined): Promise<Manifest | undefined> {
    try {
      return await this.#manifests.get(id, call);
    } catch (error) {
      if (isTesseraError(error, 'gone')) return undefined;
      throw error;
    }
  }

  async identify(uri: string, _isDirectory: boolean, call?: Call): Promise<string | undefined> {
    const entry = await this.#store.stat(uri, call);
    return entry && (await sniffFormat(entry, this.#store, this.#formats, call))?.mediaTypes[0];
  }

  async #formatOf({ mediaType }: IndexRequest, entry: Entry, call?: Call): Promise<Format> {
    if (mediaType === undefined) {
      const format = await sniffFormat(entry, this.#store, this.#formats, call);
      if (format) return format;
      throw new TesseraError('unsupported_media_type', 'This server does not know how to read files of this kind.');
    }
    const format = await formatOfMediaType(mediaType, this.#formats);
    if (format) return format;
    throw new TesseraError('unsupported_media_type', `The given data source mimetype, ${mediaType}, is not one that this server knows how to read.`);
  }
}

/** The first node of a file carries where it came from, media type and parameters as they were asked for. */
function withDataSource(node: IndexedNode, request: IndexRequest, format: Format, entry: Entry): IndexedNode {
  const found: DataSourceDraft = node.dataSource ?? {
    mediaType: format.mediaTypes[0]!,
    management: 'external',
    assets: [{ ...sourceOf(entry), isDirectory: entry.isDirectory, parameter: 'data_uri' }],
  };
  const parameters = { ...found.parameters, ...(request.parameters as JsonObject | undefined) };
  return { ...node, dataSource: { ...found, mediaType: request.mediaType ?? found.mediaType, parameters } };
}
