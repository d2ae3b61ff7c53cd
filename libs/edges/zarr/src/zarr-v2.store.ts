import type { Call, Catalog, Principal, Reader, Resolved } from '@tessera/domain';
import { zarrayDocument, zarrV2View, type ZarrV2View } from './array-v2.ts';
import { arrayAttributesV2 } from './attributes.ts';
import { ChunkOpener } from './chunk-opener.ts';
import { Consolidation, type BelowEntry } from './consolidated.ts';
import { fillValueV2 } from './fill-value-v2.ts';
import { groupAttributes } from './group-attributes.ts';
import { groupListing } from './group-listing.ts';
import { parseZarrV2Key, type ZarrV2Document } from './parse-zarr-key.ts';
import { PublishedArrays, isZarrArray, isZarrGroup } from './published-arrays.ts';
import { absent, jsonObject, type ZarrObject } from './zarr-object.ts';

/** The tree as a Zarr v2 store (Zarr v2 specification, "Storage"): keys in, documents and chunks out. */
export class ZarrV2Store {
  readonly #arrays: PublishedArrays<ZarrV2View>;
  readonly #chunks: ChunkOpener;
  readonly #consolidation: Consolidation;

  constructor(catalog: Catalog, reader: Reader) {
    this.#arrays = new PublishedArrays(catalog, reader, zarrV2View);
    this.#chunks = new ChunkOpener(this.#arrays, reader);
    this.#consolidation = new Consolidation(this.#arrays, (principal, resolved, path, call) => this.#documentsOf(principal, resolved, `${path}/`, call));
  }

  /**
   * @param encodedKey the URL below the root of the store, percent-encoded
   * @param storeUrl URL of the root of the store, for listings
   * @throws TesseraError not_found for keys that hold nothing: the client reads the fill value.
   */
  async get(principal: Principal, encodedKey: string, storeUrl: string, call: Call): Promise<ZarrObject> {
    const key = parseZarrV2Key(encodedKey);
    if (key.kind === 'document') return this.#document(principal, await this.#arrays.resolve(principal, key.path, call), key.document, call);
    if (key.kind === 'chunk-or-node') {
      const resolved = await this.#arrays.resolve(principal, key.array, call);
      if (isZarrArray(resolved)) return this.#chunk(principal, resolved, key.chunkIndex, call);
    }
    return groupListing(this.#arrays, principal, await this.#arrays.resolve(principal, key.path, call), storeUrl, call);
  }

  async #document(principal: Principal, resolved: Resolved, document: ZarrV2Document, call: Call): Promise<ZarrObject> {
    const isThere = document === '.zattrs' ? isZarrArray(resolved) || isZarrGroup(resolved) : document === '.zarray' ? isZarrArray(resolved) : isZarrGroup(resolved);
    if (!isThere) throw absent(document);
    switch (document) {
      case '.zgroup': return jsonObject({ zarr_format: 2 });
      case '.zattrs': return jsonObject(await this.#attributes(principal, resolved, call));
      case '.zarray': return jsonObject(await this.#array(principal, resolved, call));
      case '.zmetadata': return this.#consolidated(principal, resolved, call);
    }
  }

  async #attributes(principal: Principal, resolved: Resolved, call: Call): Promise<unknown> {
    return isZarrArray(resolved) ? arrayAttributesV2(resolved) : groupAttributes(this.#arrays, principal, resolved, call);
  }

  async #array(principal: Principal, resolved: Resolved, call: Call): Promise<unknown> {
    const { layout, view } = await this.#arrays.publish(principal, resolved, call);
    return zarrayDocument(layout, view, fillValueV2(resolved, layout));
  }

  async #documentsOf(principal: Principal, resolved: Resolved, prefix: string, call: Call): Promise<BelowEntry[]> {
    const [kind, document] = isZarrArray(resolved) ? ['.zarray', await this.#array(principal, resolved, call)] : ['.zgroup', { zarr_format: 2 }];
    const attributes = await this.#attributes(principal, resolved, call);
    return [{ key: `${prefix}${kind}`, json: JSON.stringify(document) }, { key: `${prefix}.zattrs`, json: JSON.stringify(attributes) }];
  }

  /** zarr-python's consolidated metadata, format 1. */
  async #consolidated(principal: Principal, group: Resolved, call: Call): Promise<ZarrObject> {
    const below = await this.#consolidation.gather(principal, group, call);
    if (!below) throw absent('.zmetadata (the tree below this group is too large for one document)');
    const entries = [...(await this.#documentsOf(principal, group, '', call)), ...below];
    const members = entries.map(({ key, json }, index) => `${index === 0 ? '' : ','}${JSON.stringify(key)}:${json}`);
    return { kind: 'json', pieces: ['{"zarr_consolidated_format":1,"metadata":{', ...members, '}}'] };
  }

  async #chunk(principal: Principal, resolved: Resolved, numbers: readonly number[], call: Call): Promise<ZarrObject> {
    return this.#chunks.open(principal, resolved, (layout) => {
      const isScalar = layout.grid.shape.length === 0;
      // The one chunk of a 0-d array is called 0.
      if (isScalar && (numbers.length !== 1 || numbers[0] !== 0)) throw absent(`chunk ${numbers.join('.')}`);
      return { chunkIndex: isScalar ? [] : numbers, isFilled: fillValueV2(resolved, layout) === null };
    }, call);
  }
}
