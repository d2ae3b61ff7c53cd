import type { Call, Catalog, JsonObject, Principal, Reader, Resolved } from '@tessera/domain';
import { arrayDocumentV3, zarrV3View, type ZarrV3View } from './array-v3.ts';
import { arrayAttributesV3 } from './attributes.ts';
import { axisNamesOf } from './axis-names.ts';
import { ChunkOpener } from './chunk-opener.ts';
import { Consolidation, type BelowEntry } from './consolidated.ts';
import { groupAttributes } from './group-attributes.ts';
import { groupListing } from './group-listing.ts';
import { parseZarrV3Key } from './parse-zarr-key.ts';
import { PublishedArrays, isZarrArray, isZarrGroup } from './published-arrays.ts';
import { absent, jsonObject, type ZarrObject } from './zarr-object.ts';

/** The tree as a Zarr v3 store (Zarr v3 core specification, "Storage"): keys in, documents and chunks out. */
export class ZarrV3Store {
  readonly #arrays: PublishedArrays<ZarrV3View>;
  readonly #chunks: ChunkOpener;
  readonly #consolidation: Consolidation;

  constructor(catalog: Catalog, reader: Reader) {
    this.#arrays = new PublishedArrays(catalog, reader, zarrV3View);
    this.#chunks = new ChunkOpener(this.#arrays, reader);
    this.#consolidation = new Consolidation(this.#arrays, (principal, resolved, path, call) => this.#documentsOf(principal, resolved, path, call));
  }

  /**
   * @param encodedKey the URL below the root of the store, percent-encoded
   * @param storeUrl URL of the root of the store, for listings
   * @throws TesseraError not_found for keys that hold nothing: the client reads the fill value.
   */
  async get(principal: Principal, encodedKey: string, storeUrl: string, call: Call): Promise<ZarrObject> {
    const key = parseZarrV3Key(encodedKey);
    if (key.kind === 'document') return this.#document(principal, await this.#arrays.resolve(principal, key.path, call), call);
    if (key.kind === 'chunk-or-node') {
      const resolved = await this.#arrays.resolve(principal, key.array, call);
      if (isZarrArray(resolved)) return this.#chunks.open(principal, resolved, () => key, call);
    }
    return groupListing(this.#arrays, principal, await this.#arrays.resolve(principal, key.path, call), storeUrl, call);
  }

  async #document(principal: Principal, resolved: Resolved, call: Call): Promise<ZarrObject> {
    if (isZarrArray(resolved)) return jsonObject(await this.#array(principal, resolved, call));
    if (!isZarrGroup(resolved)) throw absent('zarr.json');
    const own = JSON.stringify(await this.#group(principal, resolved, call));
    const below = await this.#consolidation.gather(principal, resolved, call);
    if (!below) return { kind: 'json', pieces: [own] };
    // zarr-python's consolidated metadata of v3: beside the group's own, the documents of all below, by path.
    const members = below.map(({ key, json }, index) => `${index === 0 ? '' : ','}${JSON.stringify(key)}:${json}`);
    return { kind: 'json', pieces: [own.slice(0, -1), ',"consolidated_metadata":{"kind":"inline","must_understand":false,"metadata":{', ...members, '}}}'] };
  }

  async #array(principal: Principal, resolved: Resolved, call: Call): Promise<JsonObject> {
    const { layout, view } = await this.#arrays.publish(principal, resolved, call);
    return arrayDocumentV3(layout, view, arrayAttributesV3(resolved, layout), axisNamesOf(resolved));
  }

  async #group(principal: Principal, resolved: Resolved, call: Call): Promise<JsonObject> {
    return { zarr_format: 3, node_type: 'group', attributes: await groupAttributes(this.#arrays, principal, resolved, call) };
  }

  async #documentsOf(principal: Principal, resolved: Resolved, path: string, call: Call): Promise<BelowEntry[]> {
    const document = isZarrArray(resolved) ? await this.#array(principal, resolved, call) : await this.#group(principal, resolved, call);
    return [{ key: path, json: JSON.stringify(document) }];
  }
}
