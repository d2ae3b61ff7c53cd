import { hash } from 'node:crypto';
import { isTesseraError, mintTicket, requireScopes, TesseraError, type ArrayLayout, type Call, type Catalog, type Node, type Principal, type Reader, type Resolved, type Ticket } from '@tessera/domain';
import type { ZarrView } from './zarr-view.ts';

/** An array as one version of Zarr shows it, and the ticket to read it with. */
export interface PublishedArray<View extends ZarrView> extends KnownArray<View> {
  readonly ticket: Ticket;
  readonly column?: string;
}

interface KnownArray<View extends ZarrView> {
  readonly layout: ArrayLayout;
  readonly view: View;
  /** Tells chunks of this shape and these codecs from others of the same data. */
  readonly viewTag: string;
}

/** Arrays, sparse arrays (as dense) and columns of tables are Zarr arrays. */
export function isZarrArray({ node, column }: Resolved): boolean {
  return column !== undefined || node.structure.family === 'array' || node.structure.family === 'sparse';
}

/** Containers are Zarr groups, and so are tables, of their columns. */
export function isZarrGroup({ node, column }: Resolved): boolean {
  return column === undefined && (node.structure.family === 'container' || node.structure.family === 'table');
}

const maxViews = 4096;

/** Finds out how arrays are published in one version of Zarr. Views are kept by manifest id, which never changes its meaning. */
export class PublishedArrays<View extends ZarrView> {
  readonly #views = new Map<string, KnownArray<View>>();
  readonly #catalog: Catalog;
  readonly #reader: Reader;
  readonly #viewOf: (layout: ArrayLayout) => View;

  constructor(catalog: Catalog, reader: Reader, viewOf: (layout: ArrayLayout) => View) {
    this.#catalog = catalog;
    this.#reader = reader;
    this.#viewOf = viewOf;
  }

  /** @throws TesseraError not_found if there is no such node, gone if it cannot be read. */
  async resolve(principal: Principal, path: readonly string[], call: Call): Promise<Resolved> {
    const resolved = await this.#catalog.resolve(principal, path, {}, call);
    if (resolved.node.problem !== undefined) throw new TesseraError('gone', resolved.node.problem);
    return resolved;
  }

  /** @throws TesseraError unauthenticated without the scope to read metadata, gone if the array cannot be read, not_found if it is none for Zarr. */
  async publish(principal: Principal, { node, column }: Resolved, call: Call): Promise<PublishedArray<View>> {
    requireScopes(principal, ['read:metadata']);
    const ticket = mintTicket(principal, node);
    const key = column === undefined ? ticket.manifestId : `${ticket.manifestId}/${column}`;
    let known = this.#views.get(key);
    if (!known) {
      known = this.#know(await this.#describe(ticket, column, call));
      if (this.#views.size >= maxViews) this.#views.delete(this.#views.keys().next().value!);
      this.#views.set(key, known);
    }
    return { ticket, ...known, ...(column === undefined ? {} : { column }) };
  }

  /** What cannot be an array, like a column of lists, is none here: clients that walk pass over what is absent. */
  async #describe(ticket: Ticket, column: string | undefined, call: Call): Promise<ArrayLayout> {
    try {
      return await this.#reader.describe(ticket, column, call);
    } catch (error) {
      throw isTesseraError(error, 'unsupported') ? new TesseraError('not_found', (error as TesseraError).message) : error;
    }
  }

  #know(layout: ArrayLayout): KnownArray<View> {
    const view = this.#viewOf(layout);
    return { layout, view, viewTag: hash('sha256', JSON.stringify([view.chunkShape, view.codecs]), 'hex').slice(0, 8) };
  }

  /** Children of a group in pages, those that cannot be read left out; columns for a table. */
  async *children(principal: Principal, { node }: Resolved, call: Call): AsyncGenerator<Resolved> {
    if (node.structure.family === 'table') {
      for (const column of node.structure.table.columns) yield { node, column };
      return;
    }
    for await (const child of this.#childNodes(principal, node, call)) yield { node: child };
  }

  async *#childNodes(principal: Principal, node: Node, call: Call): AsyncGenerator<Node> {
    let cursor: number | undefined;
    do {
      const page = await this.#catalog.children(principal, node.path, { page: { limit: 300, ...(cursor === undefined ? {} : { cursor }) }, sort: [], readableOnly: true }, call);
      yield* page.items;
      cursor = page.next && 'cursor' in page.next ? page.next.cursor : undefined;
    } while (cursor !== undefined);
  }
}
