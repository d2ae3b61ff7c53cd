import { requireScopes, TesseraError, type Call, type Principal, type Reader, type Resolved } from '@tessera/domain';
import { chunkIndexFor } from './parse-zarr-key.ts';
import { fillValueOf } from './published-fill-value.ts';
import type { PublishedArrays } from './published-arrays.ts';
import { absent, type ZarrObject } from './zarr-object.ts';
import { publishedGridShape } from './zarr-view.ts';

/** Opens chunks as an array is published in one version of Zarr. Nothing is read before its bytes are asked for. */
export class ChunkOpener {
  readonly #arrays: PublishedArrays;
  readonly #reader: Reader;

  constructor(arrays: PublishedArrays, reader: Reader) {
    this.#arrays = arrays;
    this.#reader = reader;
  }

  /**
   * @param numbers the index as the key names it
   * @throws TesseraError not_found outside of the array, invalid_argument for an index of another rank.
   */
  async open(principal: Principal, resolved: Resolved, numbers: readonly number[], call: Call): Promise<ZarrObject> {
    requireScopes(principal, ['read:metadata', 'read:data']);
    const { ticket, layout, view, column } = await this.#arrays.publish(principal, resolved, call);
    const rank = layout.grid.shape.length;
    const chunkIndex = chunkIndexFor(rank, numbers);
    if (!chunkIndex) throw new TesseraError('invalid_argument', `A chunk of this array is named by ${Math.max(rank, 1)} numbers, not ${numbers.length}.`);
    const counts = publishedGridShape(layout, view);
    if (chunkIndex.some((index, axis) => index >= counts[axis]!)) throw absent(numbers.join('.'));
    const isFilled = fillValueOf(resolved, layout) === null;
    const read = async (knownVersion?: string) => {
      const request = { chunkIndex, chunkShape: view.chunkShape, codecs: view.codecs, ...(column === undefined ? {} : { column }), ...(isFilled ? { isFilled } : {}), ...(knownVersion === undefined ? {} : { knownVersion }) };
      const chunk = await this.#reader.readChunk(ticket, request, call);
      if (!chunk) throw absent(numbers.join('.'));
      return chunk;
    };
    const tag = `${ticket.manifestId.replace(/\W/g, '')}-${column === undefined ? '' : Buffer.from(column).toString('hex')}-${numbers.join('.')}`;
    return { kind: 'chunk', tag, isVolatile: layout.volatile, read };
  }
}
