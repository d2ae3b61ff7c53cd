import { isTesseraError, type Call, type Principal, type Resolved } from '@tessera/domain';
import { isZarrArray, isZarrGroup, type PublishedArrays } from './published-arrays.ts';
import type { ZarrView } from './zarr-view.ts';

/** A tree of more nodes than this is not consolidated: clients then ask node by node. */
const maxNodes = 1000;
/** Nor is one of more metadata, in characters of JSON. */
const maxLength = 8 * 2 ** 20;
/** Arrays that are asked about at the same time. */
const concurrency = 16;
/** How long a tree is remembered to be too large. */
const tooLargeMs = 30_000;
const maxRemembered = 1000;

/** A metadata document below a group: its key or path there, and its JSON. */
export interface BelowEntry {
  readonly key: string;
  readonly json: string;
}

interface BelowNode {
  readonly resolved: Resolved;
  readonly path: string;
}

/** The documents of one node below a group; `path` is that from the group on, with slashes. */
export type DocumentsOf = (principal: Principal, resolved: Resolved, path: string, call: Call) => Promise<readonly BelowEntry[]>;

/** Gathers the metadata of small trees, so that clients need not ask for each node. */
export class Consolidation {
  readonly #arrays: PublishedArrays<ZarrView>;
  readonly #documentsOf: DocumentsOf;
  readonly #tooLarge = new Map<string, number>();

  constructor(arrays: PublishedArrays<ZarrView>, documentsOf: DocumentsOf) {
    this.#arrays = arrays;
    this.#documentsOf = documentsOf;
  }

  /** Every document below a group that the caller may see, parents first; undefined if they are too many for one. */
  async gather(principal: Principal, group: Resolved, call: Call): Promise<readonly BelowEntry[] | undefined> {
    const key = JSON.stringify([principal.id, group.node.id, group.node.path]);
    if ((this.#tooLarge.get(key) ?? 0) > performance.now()) return undefined;
    const entries = await this.#gather(principal, group, call);
    if (entries) return entries;
    if (this.#tooLarge.size >= maxRemembered) this.#tooLarge.clear();
    this.#tooLarge.set(key, performance.now() + tooLargeMs);
    return undefined;
  }

  async #gather(principal: Principal, group: Resolved, call: Call): Promise<readonly BelowEntry[] | undefined> {
    // Counted before any array is asked about: to find that they are too many must cost little.
    const nodes = await this.#nodesBelow(principal, group, call);
    if (!nodes) return undefined;
    const entries: BelowEntry[] = [];
    let length = 0;
    for await (const found of inOrder(nodes, ({ resolved, path }) => this.#readable(principal, resolved, path, call))) {
      for (const entry of found) length += entry.key.length + entry.json.length;
      if (length > maxLength) return undefined;
      entries.push(...found);
    }
    return entries;
  }

  /** The nodes below, level by level; undefined if they are too many. */
  async #nodesBelow(principal: Principal, group: Resolved, call: Call): Promise<readonly BelowNode[] | undefined> {
    const found: BelowNode[] = [];
    const groups: BelowNode[] = [{ resolved: group, path: '' }];
    for (let next = groups.shift(); next; next = groups.shift()) {
      for await (const resolved of this.#readableChildren(principal, next.resolved, call)) {
        if (!isZarrArray(resolved) && !isZarrGroup(resolved)) continue;
        if (found.length >= maxNodes) return undefined;
        const key = resolved.column ?? resolved.node.path.at(-1)!;
        const child = { resolved, path: next.path === '' ? key : `${next.path}/${key}` };
        if (isZarrGroup(resolved)) groups.push(child);
        found.push(child);
      }
    }
    return found;
  }

  async *#readableChildren(principal: Principal, group: Resolved, call: Call): AsyncGenerator<Resolved> {
    try {
      yield* this.#arrays.children(principal, group, call);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
  }

  /** A damaged node must not hide the others. */
  async #readable(principal: Principal, resolved: Resolved, path: string, call: Call): Promise<readonly BelowEntry[]> {
    try {
      return await this.#documentsOf(principal, resolved, path, call);
    } catch (error) {
      if (isUnreadable(error)) return [];
      throw error;
    }
  }
}

function isUnreadable(error: unknown): boolean {
  return (['gone', 'not_found', 'stale', 'unsupported'] as const).some((code) => isTesseraError(error, code));
}

/** The results of the calls for some items at a time, in the order of the items. */
async function* inOrder<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  for (const item of items) {
    const result = work(item);
    // Whoever waits for it sees it fail, if anybody still does.
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= concurrency) yield await running.shift()!;
  }
  for (const result of running) yield await result;
}
