import type { Call, Principal, Reader } from '@tessera/domain';
import { ChunkOpener } from './chunk-opener.ts';
import { consolidatedDocument } from './consolidated.ts';
import { groupListing } from './group-listing.ts';
import { parseZarrV2Key, type ZarrV2Document } from './parse-zarr-key.ts';
import { isZarrArray, isZarrGroup, type PublishedArrays } from './published-arrays.ts';
import { fillValueOf } from './published-fill-value.ts';
import { absent, type ZarrObject } from './zarr-object.ts';
import { zarrayDocument } from './zarr-view.ts';
import { zattrsDocument } from './zattrs.ts';

/** The tree as a Zarr v2 store (Zarr v2 specification, "Storage"): keys in, documents and chunks out. */
export class ZarrV2Store {
  readonly #arrays: PublishedArrays;
  readonly #chunks: ChunkOpener;

  constructor(arrays: PublishedArrays, reader: Reader) {
    this.#arrays = arrays;
    this.#chunks = new ChunkOpener(arrays, reader);
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
        return groupListing(this.#arrays, principal, await this.#arrays.resolve(principal, key.path, call), storeUrl, call);
      case 'chunk-or-node': {
        const parent = await this.#arrays.resolve(principal, key.array, call);
        if (isZarrArray(parent)) return this.#chunks.open(principal, parent, key.chunkIndex, call);
        return groupListing(this.#arrays, principal, await this.#arrays.resolve(principal, key.path, call), storeUrl, call);
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
}
