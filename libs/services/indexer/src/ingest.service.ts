import {
  TesseraError, isTesseraError,
  type ByteStore, type Call, type Catalog, type Entry, type FileSeries, type Format, type Indexer, type Ingest, type NodePath, type Principal,
} from '@tessera/domain';
import { formats as allFormats } from '@tessera/formats';
import { formatFileUri, parseFileUri, uriName } from '@tessera/storage';
import { findItem, type FoundItem, type ItemFinder } from './found-item.ts';
import { IngestTally, type IngestOptions, type IngestReport } from './ingest-report.ts';
import { KnownSources, pathKey } from './known-sources.ts';
import { assignKeys } from './node-keys.ts';
import { FileRefresher } from './file-refresher.ts';
import { RegisterBatch } from './register-batch.ts';
import { Walk } from './walk.ts';

/** A file or folder that was asked for, and where it goes. */
interface Top {
  readonly item: FoundItem;
  readonly uri: string;
  readonly path: NodePath;
}

/** Brings files and folders into the catalog, and keeps the two alike when asked again. */
export class IngestService implements Ingest {
  readonly #catalog: Catalog;
  readonly #indexer: Indexer;
  readonly #store: ByteStore;
  readonly #formats: ReadonlyMap<string, () => Promise<Format>>;
  readonly #refresher: FileRefresher;

  constructor(catalog: Catalog, indexer: Indexer, store: ByteStore, formats: ReadonlyMap<string, () => Promise<Format>> = allFormats) {
    this.#catalog = catalog;
    this.#indexer = indexer;
    this.#store = store;
    this.#formats = formats;
    this.#refresher = new FileRefresher(catalog, indexer, store, formats);
  }

  /**
   * Registers what is at the URIs: the content of a single folder becomes the root's children, of several each
   * URI a child of the root. Files not touched since the last time are not opened; nodes whose files are gone are
   * removed. A file that cannot be read becomes a node with a problem, and is reported.
   * @throws TesseraError cancelled, or what keeps the catalog from being written.
   */
  async ingest(principal: Principal, uris: readonly string[], options: IngestOptions = {}): Promise<IngestReport> {
    const call: Call = options.signal ? { signal: options.signal } : {};
    const tally = new IngestTally(options.onProgress);
    const tops = uris.map(canonicalUri);
    const known = await KnownSources.load(this.#catalog, principal, tops, call);
    const previousOf = (path: NodePath | undefined) => this.#previousOf(principal, path, call);
    const finder: ItemFinder = { store: this.#store, indexer: this.#indexer, formats: this.#formats, known, previousOf, call };
    const batch = new RegisterBatch(this.#catalog, principal, tally, call);
    const walk = new Walk(this.#catalog, principal, finder, batch, tally);
    const placed = placeTops(await Promise.all(tops.map((uri) => this.#findTop(uri, finder))), tops);
    for (const top of placed) await walkTop(top, walk, known, tally);
    await batch.flush();
    for (const top of placed) if (top.item.kind !== 'problem') await this.#removeVanished(principal, top, known, tally, call);
    return tally.report();
  }

  async refresh(principal: Principal, path: NodePath, call: Call = {}): Promise<void> {
    await this.#refresher.refresh(principal, path, call);
  }

  /** Stops what is being indexed anew, and waits until it has stopped. */
  close(): Promise<void> {
    return this.#refresher.close();
  }

  async #findTop(uri: string, finder: ItemFinder): Promise<FoundItem> {
    const name = uriName(uri);
    const nowhere: Entry = { uri, isDirectory: false };
    try {
      const entry = await this.#store.stat(uri, finder.call);
      return entry ? await findItem(entry, finder) : { kind: 'problem', name, entry: nowhere, reason: 'There is no such file or folder.' };
    } catch (error) {
      // A storage that does not answer keeps none of the other paths from being served.
      if (!isTesseraError(error, 'permission_denied') && !isTesseraError(error, 'unavailable')) throw error;
      return { kind: 'problem', name, entry: nowhere, reason: error.message };
    }
  }

  async #previousOf(principal: Principal, path: NodePath | undefined, call: Call): Promise<FileSeries['previous']> {
    if (!path) return undefined;
    try {
      const { manifestId, metadata } = (await this.#catalog.resolve(principal, path, {}, call)).node;
      return manifestId === undefined ? undefined : { manifestId, metadata };
    } catch (error) {
      if (isTesseraError(error, 'not_found') || isTesseraError(error, 'gone')) return undefined;
      throw error;
    }
  }

  async #removeVanished(principal: Principal, top: Top, known: KnownSources, tally: IngestTally, call: Call): Promise<void> {
    const emptied = new Map<string, NodePath>();
    const base = top.item.kind === 'folder' ? top.path : top.path.slice(0, -1);
    for (const path of known.vanished(top.uri, top.path)) {
      await this.#remove(principal, path, call);
      tally.removed++;
      for (let above = path.slice(0, -1); above.length > base.length && !known.isTaken(above); above = above.slice(0, -1)) emptied.set(pathKey(above), above);
    }
    // Folders that are gone with their files; the deepest first.
    for (const path of [...emptied.values()].sort((a, b) => b.length - a.length)) {
      if (await this.#isEmpty(principal, path, call)) await this.#remove(principal, path, call);
    }
  }

  async #isEmpty(principal: Principal, path: NodePath, call: Call): Promise<boolean> {
    try {
      const page = await this.#catalog.children(principal, path, { page: { limit: 1 }, sort: [] }, call);
      return page.items.length === 0;
    } catch (error) {
      if (isTesseraError(error, 'not_found')) return false;
      throw error;
    }
  }

  async #remove(principal: Principal, path: NodePath, call: Call): Promise<void> {
    try {
      await this.#catalog.remove(principal, path, call);
    } catch (error) {
      if (!isTesseraError(error, 'not_found')) throw error;
    }
  }
}

async function walkTop({ item, path }: Top, walk: Walk, known: KnownSources, tally: IngestTally): Promise<void> {
  if (item.kind === 'problem') tally.problem(item.name, item.reason);
  if (item.kind === 'unknown') {
    tally.skipped++;
    tally.problem(item.name, 'This server does not know how to read files of this kind.');
  }
  if (item.kind === 'file') await walk.file(item, path, item.name);
  if (item.kind === 'folder') {
    if (path.length > 0) await walk.containers([path]);
    known.meet(path);
    await walk.folder({ entry: item.entry, path, name: path.join('/'), above: [] });
  }
}

/** The content of one folder goes to the root itself; everything else gets a key below it. */
function placeTops(items: readonly FoundItem[], uris: readonly string[]): Top[] {
  if (items.length === 1 && items[0]!.kind === 'folder') return [{ item: items[0]!, uri: uris[0]!, path: [] }];
  const keys = assignKeys(items.map(({ name, kind }) => ({ name, isContainer: kind === 'folder' })));
  const seen = new Map<string, number>();
  return items.map((item, index) => {
    // Folders of one name from different places are told apart by their number.
    const count = (seen.get(keys[index]!) ?? 0) + 1;
    seen.set(keys[index]!, count);
    return { item, uri: uris[index]!, path: [count === 1 ? keys[index]! : `${keys[index]!}-${count}`] };
  });
}

/** The form in which files are known here, however they were named; other URIs as they are. */
function canonicalUri(uri: string): string {
  if (uri === '') throw new TesseraError('invalid_argument', 'An empty path names nothing.');
  return uri.startsWith('file:') ? formatFileUri(parseFileUri(uri)) : uri;
}
