import {
  TesseraError, isTesseraError, requireScopes,
  type Asset, type ByteStore, type Call, type Catalog, type DataSource, type Entry, type Format, type Indexer, type Node, type NodeDraft, type NodePath, type Principal, type Source,
} from '@tessera/domain';
import { uriName } from '@tessera/storage';
import { factsAs } from './found-item.ts';
import { containerDraft, indexFile, unknownMediaType, type FileItem } from './index-file.ts';
import { IngestTally } from './ingest-report.ts';
import { pathKey, sameFacts } from './known-sources.ts';
import { RegisterBatch, type IndexedFile } from './register-batch.ts';
import { assetsOf, findFilesAgain, indexFiles } from './series/found-series.ts';
import type { SeriesFiles } from './series/group-series.ts';
import { isSeriesMediaType } from './series/index-series.ts';

const absent = 'The file that holds these data is no longer there.';
const absentSeries = 'The files that hold these data are no longer there.';
const noSeries = 'The files that hold these data do not make one array any more. Index their folder again to have each by itself.';

/** A file, or a series of files, as the catalog has it. */
interface RegisteredFile {
  readonly path: NodePath;
  readonly node: Node;
  readonly source: DataSource;
  readonly asset: Asset;
  /** It is to be opened even if its length and time are what they were: they do not tell of every change. */
  readonly isForced: boolean;
}

/** Indexes single files anew, each once at a time. */
export class FileRefresher {
  readonly #catalog: Catalog;
  readonly #indexer: Indexer;
  readonly #store: ByteStore;
  readonly #formats: ReadonlyMap<string, () => Promise<Format>>;
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(catalog: Catalog, indexer: Indexer, store: ByteStore, formats: ReadonlyMap<string, () => Promise<Format>>) {
    this.#catalog = catalog;
    this.#indexer = indexer;
    this.#store = store;
    this.#formats = formats;
  }

  async refresh(principal: Principal, path: NodePath, call: Call): Promise<void> {
    requireScopes(principal, ['read:metadata', 'write:metadata', 'create:node', 'register']);
    if (call.signal?.aborted || this.#stopping.signal.aborted) throw new TesseraError('cancelled', 'The call was cancelled.');
    const file = await this.#fileOf(principal, path, call);
    if (!file) return;
    const key = pathKey(file.path);
    const running = this.#running.get(key);
    if (running) return running;
    // It serves all who wait for it: none of them ends it by going away.
    const shared: Call = { signal: this.#stopping.signal, ...(call.traceparent === undefined ? {} : { traceparent: call.traceparent }) };
    const started = this.#replace(principal, file, shared).finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#running.values());
  }

  /** The node that a file was registered as: this one or one above it. Undefined if it came from no file. */
  async #fileOf(principal: Principal, path: NodePath, call: Call): Promise<RegisteredFile | undefined> {
    let isForced = false;
    for (let depth = path.length; depth >= 0; depth--) {
      const node = await this.#nodeAt(principal, path.slice(0, depth), call);
      if (!node) continue;
      // A node with data that cannot be read as they are registered; what has a problem was found so in the file as it was.
      if (depth === path.length) isForced = node.manifestId !== undefined && node.problem === undefined;
      const source = node.dataSources?.[0];
      if (source) return isWholeFile(source) || isSeries(source) ? { path: node.path, node, source, asset: source.assets[0]!, isForced } : undefined;
      if (!node.insideFile) return depth < path.length ? throwNotFound(path) : undefined;
    }
    return throwNotFound(path);
  }

  async #nodeAt(principal: Principal, path: NodePath, call: Call): Promise<Node | undefined> {
    try {
      return (await this.#catalog.resolve(principal, path, { withDataSources: true }, call)).node;
    } catch (error) {
      if (isTesseraError(error, 'not_found') || isTesseraError(error, 'gone')) return undefined;
      throw error;
    }
  }

  async #replace(principal: Principal, file: RegisteredFile, call: Call): Promise<void> {
    if (isSeries(file.source)) return this.#replaceSeries(principal, file, call);
    const item = await this.#look(file, call);
    if (!file.isForced && await this.#isAsRegistered(principal, file, item.facts, call)) return;
    const indexed = await indexFile(item, this.#indexer, call);
    if (indexed.isPassing) throw new TesseraError('unavailable', `The file cannot be indexed now: ${indexed.problem}`);
    await this.#register(principal, { path: file.path, name: item.name, drafts: indexed.drafts }, call);
  }

  /** The files that belong to the series now, whichever they are. */
  async #replaceSeries(principal: Principal, { path, node, source }: RegisteredFile, call: Call): Promise<void> {
    const files = await findFilesAgain(source.assets.map(({ uri }) => uri), { store: this.#store, formats: this.#formats, call });
    const previous = node.manifestId === undefined ? undefined : { manifestId: node.manifestId, metadata: node.metadata };
    const indexed = files && await indexFiles(files, this.#indexer, call, previous);
    if (indexed?.isPassing) throw new TesseraError('unavailable', `The files cannot be indexed now: ${indexed.problem!}`);
    const name = uriName(source.assets[0]!.uri);
    const drafts = indexed?.drafts ?? [seriesProblem(files, source, files ? noSeries : absentSeries)];
    await this.#register(principal, { path, name, drafts }, call);
  }

  async #register(principal: Principal, file: IndexedFile, call: Call): Promise<void> {
    const batch = new RegisterBatch(this.#catalog, principal, new IngestTally(), call);
    await batch.add(file);
    await batch.flush();
  }

  /** The file as it is now, to be read as it was. */
  async #look({ source, asset }: RegisteredFile, call: Call): Promise<FileItem> {
    const { uri } = asset;
    const kept = {
      kind: 'file', name: uriName(uri),
      ...(source.mediaType === unknownMediaType ? {} : { mediaType: source.mediaType }),
      ...(Object.keys(source.parameters).length === 0 ? {} : { parameters: source.parameters }),
    } as const;
    const nowhere: Entry = { uri, isDirectory: asset.isDirectory };
    try {
      const entry = await this.#store.stat(uri, call);
      if (!entry) return { ...kept, entry: nowhere, facts: { uri }, problem: absent };
      return { ...kept, entry, facts: await factsAs(source.mediaType, entry, { store: this.#store, formats: this.#formats, call }) };
    } catch (error) {
      if (!isTesseraError(error, 'permission_denied')) throw error;
      return { ...kept, entry: nowhere, facts: { uri }, problem: error.message };
    }
  }

  async #isAsRegistered(principal: Principal, { path, asset }: RegisteredFile, facts: Source, call: Call): Promise<boolean> {
    const sources = await this.#catalog.registeredSources(principal, asset.uri, call);
    return sources.some((source) => source.uri === asset.uri && pathKey(source.path) === pathKey(path) && sameFacts(source, facts));
  }
}

/** Whether one file is all that a node is made of, so that indexing it makes the node again. */
function isWholeFile({ management, assets }: DataSource): boolean {
  return management === 'external' && assets.length === 1;
}

/** Whether many files are what a node is made of, told by their names. */
function isSeries({ management, mediaType, assets }: DataSource): boolean {
  const isMany = isSeriesMediaType(mediaType) || (mediaType === unknownMediaType && assets.length > 1);
  return management === 'external' && isMany && assets.length > 0 && assets.every(({ parameter }) => parameter === 'data_uris');
}

/** A node that stands for files which cannot be read together. */
function seriesProblem(files: SeriesFiles | undefined, { mediaType, assets }: DataSource, problem: string): NodeDraft {
  const known = files ? assetsOf(files) : assets.map(({ uri }, ordinal) => ({ uri, isDirectory: false, parameter: 'data_uris', ordinal }));
  return { ...containerDraft, problem, dataSource: { mediaType, management: 'external', assets: known } };
}

function throwNotFound(path: NodePath): never {
  throw new TesseraError('not_found', `No such entry: [${path.map((key) => `'${key}'`).join(', ')}]`, { path });
}
