import type { WantedChunk } from '@tessera/http';
import { elementCount, requireScopes, TesseraError, type ArrayLayout, type Call, type Principal, type Reader, type Resolved } from '@tessera/domain';
import type { PublishedArrays } from './published-arrays.ts';
import { absent, type ZarrObject } from './zarr-object.ts';
import { publishedGridShape, type ZarrView } from './zarr-view.ts';

/** Which chunk of an array, in one version of Zarr. */
export interface ChunkAddress {
  /** One number an axis. */
  readonly chunkIndex: readonly number[];
  /** Chunks that were never written are sent: their value cannot be said otherwise. */
  readonly isFilled?: boolean;
}

/** Opens chunks as an array is published in one version of Zarr. Nothing is read before its bytes are asked for. */
export class ChunkOpener {
  readonly #arrays: PublishedArrays<ZarrView>;
  readonly #reader: Reader;

  constructor(arrays: PublishedArrays<ZarrView>, reader: Reader) {
    this.#arrays = arrays;
    this.#reader = reader;
  }

  /** @throws TesseraError not_found outside of the array, invalid_argument for an index of another rank, and what `addressIn` does. */
  async open(principal: Principal, resolved: Resolved, addressIn: (layout: ArrayLayout) => ChunkAddress, call: Call): Promise<ZarrObject> {
    requireScopes(principal, ['read:metadata', 'read:data']);
    const { ticket, layout, view, viewTag, column } = await this.#arrays.publish(principal, resolved, call);
    const { chunkIndex, isFilled = false } = addressIn(layout);
    const rank = layout.grid.shape.length;
    if (chunkIndex.length !== rank) throw new TesseraError('invalid_argument', `A chunk of this array is named by ${rank} numbers, not ${chunkIndex.length}.`);
    const name = `chunk ${chunkIndex.join('.')}`;
    const counts = publishedGridShape(layout, view);
    if (layout.dataType.itemsize === 0 || chunkIndex.some((index, axis) => index >= counts[axis]!)) throw absent(name);
    const asked = { chunkIndex, chunkShape: view.chunkShape, codecs: view.codecs, ...(column === undefined ? {} : { column }), ...(isFilled ? { isFilled } : {}) };
    const read = async (wanted: WantedChunk = {}) => {
      const chunk = await this.#reader.readChunk(ticket, { ...asked, ...wanted }, call);
      if (!chunk) throw absent(name);
      return chunk;
    };
    const tag = `${ticket.manifestId.replace(/\W/g, '')}-${viewTag}-${column === undefined ? '' : Buffer.from(column).toString('hex')}-${chunkIndex.join('.')}`;
    return { kind: 'chunk', tag, isVolatile: layout.volatile, decodedByteLength: elementCount(view.chunkShape) * layout.dataType.itemsize, read };
  }
}
