import {
  TesseraError, isTesseraError,
  type Call, type Catalog, type Entry, type NodeDraft, type NodePath, type Principal, type Registration,
} from '@tessera/domain';
import { uriName } from '@tessera/storage';
import { findItem, type FoundItem, type ItemFinder } from './found-item.ts';
import { gapText, unreadableIn } from './series/describe-series.ts';
import { findSeries, indexFiles, type SeriesItem } from './series/found-series.ts';
import { groupSeries, stackedSuffixes } from './series/group-series.ts';
import { containerDraft, indexFile, type FileItem } from './index-file.ts';
import type { IngestTally } from './ingest-report.ts';
import { pathKey } from './known-sources.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { assignKeys } from './node-keys.ts';
import { throwIfHopeless, type RegisterBatch } from './register-batch.ts';

/** How many entries are looked at, and files indexed, at a time. */
const lookConcurrency = 16;
const indexConcurrency = 4;

const maxDepth = 128;

/** A folder that is walked. */
export interface WalkedFolder {
  readonly entry: Entry;
  readonly path: NodePath;
  /** As in reports; empty for the top. */
  readonly name: string;
  /** Identities of the folders above: a link to one of them leads in a circle. */
  readonly above: readonly string[];
}

type WalkedItem = FoundItem | SeriesItem;

/** One walk through folders: containers, files, what is wrong. */
export class Walk {
  readonly #catalog: Catalog;
  readonly #principal: Principal;
  readonly #finder: ItemFinder;
  readonly #batch: RegisterBatch;
  readonly #tally: IngestTally;
  readonly #call: Call;
  #suffixes: Promise<ReadonlySet<string>> | undefined;

  constructor(catalog: Catalog, principal: Principal, finder: ItemFinder, batch: RegisterBatch, tally: IngestTally) {
    this.#catalog = catalog;
    this.#principal = principal;
    this.#finder = finder;
    this.#batch = batch;
    this.#tally = tally;
    this.#call = finder.call;
  }

  /** All that is in a folder, whose container is there already. Depth first: one list of entries a level is kept. */
  async folder(folder: WalkedFolder): Promise<void> {
    const items = await this.#look(folder);
    const served = items.filter((item) => item.kind === 'file' || item.kind === 'folder' || item.kind === 'series');
    const keys = assignKeys(served.map((item) => ({ name: item.name, isContainer: item.kind === 'folder', ...(item.kind === 'series' ? { key: item.key } : {}) })));
    const placed = served.map((item, index) => ({ item, path: [...folder.path, keys[index]!], name: join(folder.name, item.name) }));
    const folders = placed.flatMap(({ item, path, name }) => (item.kind === 'folder' ? [{ entry: item.entry, path, name, above: identities(folder) }] : []));
    const usable = folders.filter((each) => this.#isNoCircle(each));
    await this.containers(usable.map((each) => each.path));
    await mapConcurrently(placed, indexConcurrency, async ({ item, path, name }) => {
      if (item.kind === 'file') await this.file(item, path, name);
      if (item.kind === 'series') await this.#series(item, path, join(folder.name, seriesName(item)));
    });
    for (const each of usable) {
      this.#finder.known.meet(each.path);
      await this.folder(each);
    }
  }

  /** Registers a file, unless it is as it was. */
  async file(item: FileItem, path: NodePath, name: string): Promise<void> {
    this.#throwIfAborted();
    const { known } = this.#finder;
    known.meet(path);
    if (known.isUnchangedAt(item.facts, path)) {
      this.#tally.unchanged++;
      this.#tally.progress();
      return;
    }
    await this.#batch.add({ path, name, drafts: await this.#index(item, name) });
  }

  /** Registers files as one array, unless they are as they were. */
  async #series(item: SeriesItem, path: NodePath, name: string): Promise<void> {
    this.#throwIfAborted();
    const { known, indexer } = this.#finder;
    known.meet(path);
    if (item.knownPath && pathKey(item.knownPath) === pathKey(path)) {
      this.#tally.unchanged++;
      this.#tally.progress();
      return;
    }
    const { drafts, problem } = item.drafts ? item : await indexFiles(item.files, indexer, this.#call, await this.#finder.previousOf(item.knownPath)) ?? {};
    if (!drafts) return;
    if (problem !== undefined) this.#tally.problem(name, problem);
    this.#reportSeries(item, drafts[0]!, name);
    await this.#batch.add({ path, name, drafts });
  }

  #reportSeries({ files }: SeriesItem, { metadata }: NodeDraft, name: string): void {
    const gaps = gapText(files.frames.map(({ number }) => number));
    if (gaps !== undefined) this.#tally.note(name, gaps);
    const folder = name.slice(0, name.lastIndexOf('/') + 1);
    for (const frame of unreadableIn(metadata)) this.#tally.problem(folder + String(frame['file']), `It is not part of the array of its sequence. ${String(frame['reason'])}`);
  }

  /** Registers containers; what is there already stays. One that was a file before is replaced. */
  async containers(paths: readonly NodePath[]): Promise<void> {
    if (paths.length === 0) return;
    const registrations = paths.map((path): Registration => ({ parent: path.slice(0, -1), key: path[path.length - 1]!, drafts: [containerDraft], ifExists: 'keep' }));
    try {
      await this.#catalog.register(this.#principal, registrations, this.#call);
    } catch (error) {
      throwIfHopeless(error, this.#call);
      for (const registration of registrations) await this.#container(registration);
    }
  }

  async #container(registration: Registration): Promise<void> {
    try {
      await this.#catalog.register(this.#principal, [registration], this.#call);
    } catch (error) {
      if (!isTesseraError(error, 'conflict') && !isTesseraError(error, 'unsupported')) throw error;
      await this.#catalog.register(this.#principal, [{ ...registration, ifExists: 'replace' }], this.#call);
    }
  }

  /** What a folder holds: files with running numbers together, where they make one array. Sorted by name. */
  async #findItems(entries: readonly Entry[]): Promise<WalkedItem[]> {
    const { series, others } = groupSeries(entries, await (this.#suffixes ??= stackedSuffixes(this.#finder.formats)));
    const items: WalkedItem[] = [];
    const single = [...others];
    for (const files of series) {
      const { item, apart } = await findSeries(files, this.#finder);
      if (item) items.push(item);
      for (const entry of apart) single.push(entry);
    }
    for (const item of await mapConcurrently(single, lookConcurrency, (entry) => findItem(entry, this.#finder))) items.push(item);
    return items.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  async #look(folder: WalkedFolder): Promise<WalkedItem[]> {
    const { store, known } = this.#finder;
    try {
      const entries: Entry[] = [];
      for await (const entry of visible(store.list(folder.entry.uri, this.#call))) entries.push(entry);
      const items = await this.#findItems(entries);
      for (const item of items) this.#report(item, folder);
      return items;
    } catch (error) {
      if (!isTesseraError(error, 'permission_denied') && !isTesseraError(error, 'unavailable')) throw error;
      known.leaveOut(folder.entry.uri);
      this.#tally.problem(folder.name === '' ? '.' : folder.name, error.message);
      return [];
    }
  }

  #report(item: WalkedItem, folder: WalkedFolder): void {
    if (item.kind === 'unknown') {
      this.#tally.skipped++;
      this.#tally.progress();
    } else if (item.kind === 'problem') {
      this.#tally.problem(join(folder.name, item.name), item.reason);
    }
  }

  #isNoCircle({ entry, name, above }: WalkedFolder): boolean {
    const isCircle = (entry.etag !== undefined && above.includes(entry.etag)) || above.length > maxDepth;
    if (isCircle) this.#tally.problem(name, 'It is a link that leads back to a folder above it, or lies too deep.');
    return !isCircle;
  }

  async #index(item: FileItem, name: string): Promise<readonly NodeDraft[]> {
    const { drafts, problem } = await indexFile(item, this.#finder.indexer, this.#call);
    if (problem !== undefined) this.#tally.problem(name, problem);
    return drafts;
  }

  #throwIfAborted(): void {
    if (this.#call.signal?.aborted) throw new TesseraError('cancelled', 'Indexing was stopped.');
  }
}

function identities({ entry, above }: WalkedFolder): readonly string[] {
  return entry.etag === undefined ? above : [...above, entry.etag];
}

/** The first and the last file, for people. */
function seriesName({ files: { frames } }: SeriesItem): string {
  return `${uriName(frames[0]!.entry.uri)} … ${uriName(frames[frames.length - 1]!.entry.uri)}`;
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

async function* visible(entries: AsyncIterable<Entry>): AsyncIterable<Entry> {
  for await (const entry of entries) if (!entry.uri.slice(entry.uri.lastIndexOf('/') + 1).startsWith('.')) yield entry;
}
