import {
  TesseraError, isTesseraError,
  type Call, type Catalog, type Entry, type NodeDraft, type NodePath, type Principal, type Registration,
} from '@tessera/domain';
import { findItem, type FoundItem, type ItemFinder } from './found-item.ts';
import { containerDraft, indexFile, type FileItem } from './index-file.ts';
import type { IngestTally } from './ingest-report.ts';
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

/** One walk through folders: containers, files, what is wrong. */
export class Walk {
  readonly #catalog: Catalog;
  readonly #principal: Principal;
  readonly #finder: ItemFinder;
  readonly #batch: RegisterBatch;
  readonly #tally: IngestTally;
  readonly #call: Call;

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
    const served = items.filter((item) => item.kind === 'file' || item.kind === 'folder');
    const keys = assignKeys(served.map(({ name, kind }) => ({ name, isContainer: kind === 'folder' })));
    const placed = served.map((item, index) => ({ item, path: [...folder.path, keys[index]!], name: join(folder.name, item.name) }));
    const folders = placed.flatMap(({ item, path, name }) => (item.kind === 'folder' ? [{ entry: item.entry, path, name, above: identities(folder) }] : []));
    const usable = folders.filter((each) => this.#isNoCircle(each));
    await this.containers(usable.map((each) => each.path));
    await mapConcurrently(placed, indexConcurrency, async ({ item, path, name }) => {
      if (item.kind === 'file') await this.file(item, path, name);
    });
    for (const each of usable) {
      this.#finder.known.meet(each.entry.uri, each.path);
      await this.folder(each);
    }
  }

  /** Registers a file, unless it is as it was. */
  async file(item: FileItem, path: NodePath, name: string): Promise<void> {
    this.#throwIfAborted();
    const { known } = this.#finder;
    known.meet(item.entry.uri, path);
    if (known.isUnchangedAt(item.facts, path)) {
      this.#tally.unchanged++;
      this.#tally.progress();
      return;
    }
    await this.#batch.add({ path, name, drafts: await this.#index(item, name) });
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

  async #look(folder: WalkedFolder): Promise<FoundItem[]> {
    const { store, known } = this.#finder;
    try {
      const items = await mapConcurrently(visible(store.list(folder.entry.uri, this.#call)), lookConcurrency, (entry) => findItem(entry, this.#finder));
      for (const item of items) this.#report(item, folder);
      return items;
    } catch (error) {
      if (!isTesseraError(error, 'permission_denied') && !isTesseraError(error, 'unavailable')) throw error;
      known.leaveOut(folder.entry.uri);
      this.#tally.problem(folder.name === '' ? '.' : folder.name, error.message);
      return [];
    }
  }

  #report(item: FoundItem, folder: WalkedFolder): void {
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

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

async function* visible(entries: AsyncIterable<Entry>): AsyncIterable<Entry> {
  for await (const entry of entries) if (!entry.uri.slice(entry.uri.lastIndexOf('/') + 1).startsWith('.')) yield entry;
}
