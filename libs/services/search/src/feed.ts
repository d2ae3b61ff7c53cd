// Keeps the index like the catalog: by events, by a look for what was missed, and by filling it anew.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@tessera/database';
import type { Call, Catalog, CatalogEvent, Node, Principal } from '@tessera/domain';
import { dropMarks, markRemoved, putDocuments } from './documents.sql.ts';
import { projectNode } from './project-node.ts';
import { beginGeneration, endGeneration, highestNodeId, isFilled, noteSequence } from './state.sql.ts';

const batchNodes = 500;
const firstRetryMs = 100;
const longestRetryMs = 10_000;

export class Feed {
  private readonly database: Database;
  private readonly catalog: Catalog;
  private readonly principal: Principal;
  private readonly onFailure: (error: unknown) => void;
  private readonly closing = new AbortController();
  private catchingUp: Promise<void> = Promise.resolve();
  private rebuilding: Promise<void> | undefined;

  constructor(database: Database, catalog: Catalog, principal: Principal, onFailure: (error: unknown) => void) {
    this.database = database;
    this.catalog = catalog;
    this.principal = principal;
    this.onFailure = onFailure;
  }

  /**
   * Takes an event. It says only which nodes to look at; what is written is what the catalog has now. So
   * events may come twice or out of order. @throws if it could not be taken: the bus then brings it again.
   */
  async take(event: CatalogEvent): Promise<void> {
    for (let start = 0; start < event.nodeIds.length; start += batchNodes) {
      const ids = event.nodeIds.slice(start, start + batchNodes);
      const nodes = await this.catalog.nodes(this.principal, ids, {}, { signal: this.closing.signal });
      await this.put(nodes);
      const found = new Set(nodes.map((node) => node.id));
      await markRemoved(this.database, ids.filter((id) => !found.has(id)));
    }
    await noteSequence(this.database, event.sequence);
  }

  /** In the background, and again until it succeeds: the catalog may start later than the index. */
  catchUp(): void {
    this.catchingUp = this.retry(async () => {
      if (await isFilled(this.database)) await this.fill(await highestNodeId(this.database), {});
      else await this.rebuild();
    });
  }

  caughtUp(): Promise<void> {
    return this.catchingUp;
  }

  /**
   * Fills the index from the start while it goes on answering: every document met again is of the new
   * generation, and the others are swept at the end.
   */
  rebuild(call: Call = {}): Promise<void> {
    this.rebuilding ??= this.fillAnew(call).finally(() => { this.rebuilding = undefined; });
    return this.rebuilding;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.allSettled([this.catchingUp, this.rebuilding]);
  }

  private async fillAnew(call: Call): Promise<void> {
    const generation = await beginGeneration(this.database);
    // What is gone is not met again. Ids can come back, though, when a catalog was restored from a copy.
    await dropMarks(this.database, '0 seconds');
    await this.fill(0, call);
    await endGeneration(this.database, generation);
  }

  private async fill(afterId: number, call: Call): Promise<void> {
    const signal = call.signal ? AbortSignal.any([call.signal, this.closing.signal]) : this.closing.signal;
    for (let last = afterId; ;) {
      const nodes = await this.catalog.scan(this.principal, { afterId: last, limit: batchNodes }, { ...call, signal });
      if (nodes.length === 0) return;
      await this.put(nodes);
      last = nodes[nodes.length - 1]!.id;
    }
  }

  private put(nodes: readonly Node[]): Promise<void> {
    return putDocuments(this.database, nodes.flatMap((node) => projectNode(node) ?? []));
  }

  private async retry(work: () => Promise<void>): Promise<void> {
    for (let retryMs = firstRetryMs; !this.closing.signal.aborted; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
      try {
        return await work();
      } catch (error) {
        if (this.closing.signal.aborted) return;
        this.onFailure(error);
        await sleep(retryMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
      }
    }
  }
}
