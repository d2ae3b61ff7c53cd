// A read that finds its file changed has the file indexed anew, behind its back; so does one that meets a file with a problem.
import { isTesseraError, mintTicket, type Catalog, type Ingest, type Node, type NodePath, type Reader, type Resolved, type Ticket } from '@tessera/domain';
import { LRUCache } from 'lru-cache';
import { ingestPrincipal } from './ingest-principal.ts';
import type { Logger } from './logger.ts';

/** Paths that are remembered for manifests, and reports that may wait. */
const maxPaths = 100_000;
const maxWaiting = 10_000;
/** Files looked at together. */
const concurrency = 4;
/** How long reads by a manifest that was replaced say nothing new. */
const replacedForMs = 30_000;
/** How often a file with a problem is looked at, if it is asked for. */
const problemEveryMs = 2000;
/** How often the file of a node that is asked for is looked at, though nobody reads its data: by its tag, or its metadata alone. */
const lookEveryMs = 1000;

export interface StaleReportsOptions {
  readonly catalog: Catalog;
  readonly reader: Reader;
  readonly ingest: Ingest;
  /** Called when something may be registered anew: caches of nodes are to be dropped. */
  readonly onRefreshed: () => void;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** What is known to be out of date, and is being brought up to date. Each file is looked at once at a time. */
export class StaleReports {
  readonly #options: StaleReportsOptions;
  readonly #paths = new LRUCache<string, NodePath>({ max: maxPaths });
  readonly #done = new LRUCache<string, true>({ max: maxWaiting, ttl: replacedForMs });
  readonly #looked = new LRUCache<string, true>({ max: maxWaiting, ttl: problemEveryMs });
  readonly #lookedAfter = new LRUCache<string, true>({ max: maxWaiting, ttl: lookEveryMs });
  #looks = 0;
  readonly #waiting = new Map<string, () => Promise<void>>();
  readonly #busy = new Set<string>();
  /** By the path of the file. */
  readonly #refreshing = new Map<string, Promise<void>>();

  constructor(options: StaleReportsOptions) {
    this.#options = options;
  }

  /** The catalog, with an eye on which node each manifest belongs to. */
  watchCatalog(catalog: Catalog): Catalog {
    const note = (node: Node): void => {
      if (node.manifestId !== undefined) this.#paths.set(node.manifestId, node.path);
    };
    const noteAll = (nodes: readonly Node[]) => nodes.forEach(note);
    return {
      resolve: (principal, path, options, call) => catalog.resolve(principal, path, options, call).then((resolved) => this.#noteResolved(resolved, note), (error: unknown) => {
        // Below a file with a problem.
        if (isTesseraError(error, 'gone')) this.#reportProblem(path);
        throw error;
      }),
      children: async (principal, path, request, call) => {
        const page = await catalog.children(principal, path, request, call);
        noteAll(page.items);
        return page;
      },
      nodes: async (principal, ids, options, call) => {
        const nodes = await catalog.nodes(principal, ids, options, call);
        noteAll(nodes);
        return nodes;
      },
      scan: (principal, request, call) => catalog.scan(principal, request, call),
      register: (principal, registrations, call) => catalog.register(principal, registrations, call),
      remove: (principal, path, call) => catalog.remove(principal, path, call),
      registeredSources: (principal, uriPrefix, call) => catalog.registeredSources(principal, uriPrefix, call),
    };
  }

  /** The reader, with an ear for what it says of files. */
  watchReader(reader: Reader): Reader {
    const listen = (ticket: Ticket) => (error: unknown): never => {
      this.#reportFailure(ticket.manifestId, error);
      throw error;
    };
    const listenAll = async function* (ticket: Ticket, pieces: AsyncIterable<Uint8Array>) {
      try {
        yield* pieces;
      } catch (error) {
        listen(ticket)(error);
      }
    };
    return {
      describe: (ticket, column, call) => reader.describe(ticket, column, call).catch(listen(ticket)),
      readChunk: (ticket, request, call) => reader.readChunk(ticket, request, call).catch(listen(ticket)),
      readArray: (ticket, request, call) => listenAll(ticket, reader.readArray(ticket, request, call)),
      readTable: (ticket, request, call) => listenAll(ticket, reader.readTable(ticket, request, call)),
    };
  }

  #noteResolved(resolved: Resolved, note: (node: Node) => void): Resolved {
    if (resolved.node.problem === undefined) {
      note(resolved.node);
      void this.#lookAfter(resolved.node);
    } else {
      this.#reportProblem(resolved.node.path);
    }
    return resolved;
  }

  /** Readers look at the files of what they describe. Done beside the request, for as many as there is room for. */
  async #lookAfter(node: Node): Promise<void> {
    const { manifestId } = node;
    if (manifestId === undefined || this.#lookedAfter.has(manifestId) || this.#looks >= concurrency) return;
    this.#lookedAfter.set(manifestId, true);
    this.#looks++;
    try {
      await this.#options.reader.describe({ ...mintTicket(ingestPrincipal, node), isLook: true }, undefined);
    } catch (error) {
      this.#reportFailure(manifestId, error);
    } finally {
      this.#looks--;
    }
  }

  /** A file that changed, or is not there; bytes that are damaged would be so again. */
  #reportFailure(manifestId: string, error: unknown): void {
    if (!isTesseraError(error, 'stale') && !(isTesseraError(error, 'gone') && error.details['isMissing'] === true)) return;
    const path = this.#paths.get(manifestId);
    if (!path || this.#done.has(manifestId)) return;
    this.#enqueue(`manifest ${manifestId}`, async () => {
      await this.#refresh(path, manifestId);
      this.#done.set(manifestId, true);
    });
  }

  #reportProblem(path: NodePath): void {
    const key = pathKey(path);
    if (this.#looked.has(key)) return;
    this.#looked.set(key, true);
    this.#enqueue(`path ${key}`, () => this.#refresh(path, undefined));
  }

  /** What does not fit is reported again by the next reader. */
  #enqueue(key: string, work: () => Promise<void>): void {
    if (this.#busy.has(key) || this.#waiting.has(key) || this.#waiting.size >= maxWaiting) return;
    this.#waiting.set(key, work);
    this.#next();
  }

  #next(): void {
    if (this.#busy.size >= concurrency) return;
    const [first] = this.#waiting;
    if (!first) return;
    const [key, work] = first;
    this.#waiting.delete(key);
    this.#busy.add(key);
    work()
      .catch((error: unknown) => {
        if (!isTesseraError(error, 'cancelled')) this.#options.logger.warn({ err: error }, 'a file that changed could not be indexed anew: the next read tries again');
      })
      .finally(() => {
        this.#busy.delete(key);
        this.#next();
      });
  }

  async #refresh(path: NodePath, manifestId: string | undefined): Promise<void> {
    const { node, filePath } = await this.#find(path);
    // Somebody else was here before.
    if (manifestId !== undefined && node?.manifestId !== manifestId) return this.#options.onRefreshed();
    const key = pathKey(filePath);
    let refreshing = this.#refreshing.get(key);
    if (!refreshing) {
      refreshing = this.#options.ingest.refresh(ingestPrincipal, path).finally(() => {
        this.#refreshing.delete(key);
        this.#options.onRefreshed();
      });
      this.#refreshing.set(key, refreshing);
      if (manifestId !== undefined) this.#options.logger.info({ path: key }, 'a file changed and is indexed anew');
    }
    await refreshing;
  }

  /** The node as it is now, if it is there, and the path of the file that it is in. */
  async #find(path: NodePath): Promise<{ readonly node: Node | undefined; readonly filePath: NodePath }> {
    const asked = await this.#nodeAt(path);
    let node = asked;
    for (let depth = path.length - 1; depth > 0 && (node === undefined || node.insideFile); depth--) node = await this.#nodeAt(path.slice(0, depth));
    return { node: asked, filePath: node?.path ?? path };
  }

  async #nodeAt(path: NodePath): Promise<Node | undefined> {
    try {
      return (await this.#options.catalog.resolve(ingestPrincipal, path)).node;
    } catch (error) {
      if (isTesseraError(error, 'not_found') || isTesseraError(error, 'gone')) return undefined;
      throw error;
    }
  }
}

/** A path as one text; a key has no slash. */
function pathKey(path: NodePath): string {
  return path.join('/');
}
