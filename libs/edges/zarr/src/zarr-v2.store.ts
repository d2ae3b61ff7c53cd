import { formatNodePath, requireScopes, TesseraError, type Call, type Principal, type Reader, type Resolved } from '@tessera/domain';
import { consolidatedDocument } from './consolidated.ts';
import { chunkIndexFor, parseZarrV2Key, type ZarrV2Document } from './parse-zarr-key.ts';
import { isZarrArray, isZarrGroup, type PublishedArrays } from './published-arrays.ts';
import { fillValueOf } from './published-fill-value.ts';
import { publishedGridShape, zarrayDocument } from './zarr-view.ts';
import { zattrsDocument } from './zattrs.ts';

/** What a key of the store holds. */
export type ZarrObject =
  | { readonly kind: 'json'; readonly document: unknown }
  | { readonly kind: 'chunk'; readonly tag: string; /** The bytes may change under the same tag. */ readonly isVolatile: boolean; readonly read: () => Promise<Uint8Array> }
  | { readonly kind: 'listing'; readonly urls: AsyncIterable<string> };

/** The tree as a Zarr v2 store (Zarr v2 specification, "Storage"): keys in, documents and chunks out. */
export class ZarrV2Store {
  readonly #arrays: PublishedArrays;
  readonly #reader: Reader;

  constructor(arrays: PublishedArrays, reader: Reader) {
    this.#arrays = arrays;
    this.#reader = reader;
  }

  /**
   * @param encodedKey the URL below the root of the store, percent-encoded
   * @param storeUrl URL of the root of the store, for listings
   * @throws TesseraError not_found for keys that hold nothing: the client reads the fill value.
   */
  async get(principal: Principal, encodedKey: string, storeUrl: string, call: Call): Promise<ZarrObject> {
    const key = parseZarrV2Key(encodedKey);
    switch (key.kind) {
      case 'document':
        return { kind: 'json', document: await this.#document(principal, key.path, key.document, call) };
      case 'node':
        return this.#listing(principal, await this.#arrays.resolve(principal, key.path, call), storeUrl, call);
      case 'chunk-or-node': {
        const parent = await this.#arrays.resolve(principal, key.array, call);
        if (isZarrArray(parent)) return this.#chunk(principal, parent, key.chunkIndex, call);
        return this.#listing(principal, await this.#arrays.resolve(principal, key.path, call), storeUrl, call);
      }
    }
  }

  async #document(principal: Principal, path: readonly string[], document: ZarrV2Document, call: Call): Promise<unknown> {
    const resolved = await this.#arrays.resolve(principal, path, call);
    if (document === '.zattrs') {
      if (!isZarrArray(resolved) && !isZarrGroup(resolved)) throw absent(document);
      return resolved.column === undefined ? zattrsDocument(resolved.node) : {};
    }
    if (document === '.zarray') {
      if (!isZarrArray(resolved)) throw absent(document);
      const { layout, view } = await this.#arrays.publish(principal, resolved, call);
      return zarrayDocument(layout, view, fillValueOf(resolved, layout));
    }
    if (!isZarrGroup(resolved)) throw absent(document);
    return document === '.zgroup' ? { zarr_format: 2 } : consolidatedDocument(this.#arrays, principal, resolved, call);
  }

  async #chunk(principal: Principal, resolved: Resolved, numbers: readonly number[], call: Call): Promise<ZarrObject> {
    requireScopes(principal, ['read:metadata', 'read:data']);
    const { ticket, layout, view, column } = await this.#arrays.publish(principal, resolved, call);
    const rank = layout.grid.shape.length;
    const chunkIndex = chunkIndexFor(rank, numbers);
    if (!chunkIndex) throw new TesseraError('invalid_argument', `A chunk of this array is named by ${Math.max(rank, 1)} numbers, not ${numbers.length}.`);
    const counts = publishedGridShape(layout, view);
    if (chunkIndex.some((index, axis) => index >= counts[axis]!)) throw absent(numbers.join('.'));
    const isFilled = fillValueOf(resolved, layout) === null;
    const read = async () => {
      const request = { chunkIndex, chunkShape: view.chunkShape, codecs: view.codecs, ...(column === undefined ? {} : { column }), ...(isFilled ? { isFilled } : {}) };
      const bytes = await this.#reader.readChunk(ticket, request, call);
      if (!bytes) throw absent(numbers.join('.'));
      return bytes;
    };
    const tag = `${ticket.manifestId.replace(/\W/g, '')}-${column === undefined ? '' : Buffer.from(column).toString('hex')}-${numbers.join('.')}`;
    return { kind: 'chunk', tag, isVolatile: layout.volatile, read };
  }

  #listing(principal: Principal, resolved: Resolved, storeUrl: string, call: Call): ZarrObject {
    if (!isZarrGroup(resolved)) throw new TesseraError('not_found', 'This is not a group: ask for its .zarray or a chunk.');
    return { kind: 'listing', urls: this.#urls(principal, resolved, storeUrl, call) };
  }

  async *#urls(principal: Principal, group: Resolved, storeUrl: string, call: Call): AsyncGenerator<string> {
    for await (const child of this.#arrays.children(principal, group, call)) {
      if (!isZarrArray(child) && !isZarrGroup(child)) continue;
      yield `${storeUrl}/${formatNodePath(child.column === undefined ? child.node.path : [...child.node.path, child.column])}`;
    }
  }
}

function absent(name: string): TesseraError {
  return new TesseraError('not_found', `There is no ${name} here.`);
}
