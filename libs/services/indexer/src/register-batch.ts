import { isRetryable, isTesseraError, toTesseraError, type Call, type Catalog, type NodeDraft, type NodePath, type Principal, type Registration } from '@tessera/domain';
import type { IngestTally } from './ingest-report.ts';

/** Bounds of what is written in one go. */
const maxRegistrations = 64;
const maxDrafts = 2000;

/** A file on its way into the catalog. */
export interface IndexedFile {
  readonly path: NodePath;
  /** As in reports. */
  readonly name: string;
  readonly drafts: readonly NodeDraft[];
}

/** Registers files a batch at a time. A file that the catalog refuses becomes a node with a problem. */
export class RegisterBatch {
  readonly #catalog: Catalog;
  readonly #principal: Principal;
  readonly #tally: IngestTally;
  readonly #call: Call;
  #waiting: IndexedFile[] = [];
  #drafts = 0;
  /** Batches are written one after the other. */
  #writing: Promise<void> = Promise.resolve();

  constructor(catalog: Catalog, principal: Principal, tally: IngestTally, call: Call) {
    this.#catalog = catalog;
    this.#principal = principal;
    this.#tally = tally;
    this.#call = call;
  }

  /** Resolves once there is room for more. */
  async add(file: IndexedFile): Promise<void> {
    this.#waiting.push(file);
    this.#drafts += weightOf(file);
    if (this.#waiting.length >= maxRegistrations || this.#drafts >= maxDrafts) await this.flush();
  }

  async flush(): Promise<void> {
    const files = this.#waiting;
    this.#waiting = [];
    this.#drafts = 0;
    this.#writing = this.#writing.then(() => this.#write(files));
    await this.#writing;
  }

  async #write(files: readonly IndexedFile[]): Promise<void> {
    if (files.length === 0) return;
    try {
      await this.#catalog.register(this.#principal, files.map(toRegistration), this.#call);
    } catch (error) {
      throwIfHopeless(error, this.#call);
      for (const file of files) await this.#writeOne(file);
    }
    this.#tally.registered += files.length;
    this.#tally.progress();
  }

  async #writeOne(file: IndexedFile): Promise<void> {
    try {
      await this.#catalog.register(this.#principal, [toRegistration(file)], this.#call);
    } catch (error) {
      throwIfHopeless(error, this.#call);
      const problem = toTesseraError(error).message;
      this.#tally.problem(file.name, problem);
      const { dataSource } = file.drafts[0]!;
      const draft: NodeDraft = { path: [], structure: { family: 'container' }, metadata: {}, specs: [], problem, ...(dataSource ? { dataSource } : {}) };
      // What the catalog refuses even so (a name that can be no key) stands in the report alone.
      await this.#catalog.register(this.#principal, [toRegistration({ ...file, drafts: [draft] })], this.#call).catch((again: unknown) => throwIfHopeless(again, this.#call));
    }
  }
}

/** Files of a series are rows as nodes are. */
function weightOf({ drafts }: IndexedFile): number {
  return drafts.reduce((rows, { dataSource }) => rows + Math.max(1, dataSource?.assets.length ?? 0), 0);
}

function toRegistration({ path, drafts }: IndexedFile): Registration {
  return { parent: path.slice(0, -1), key: path[path.length - 1]!, drafts, ifExists: 'replace' };
}

/** Failures that the next file would meet too: the catalog is away, rights are missing, or nobody waits. */
export function throwIfHopeless(error: unknown, call: Call): void {
  const hopeless = call.signal?.aborted === true || !isTesseraError(error)
    || (isRetryable(error) && error.code !== 'internal') || ['cancelled', 'unauthenticated', 'permission_denied'].includes(error.code);
  if (hopeless) throw error;
}
