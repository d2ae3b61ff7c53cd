import {
  TesseraError, isTesseraError, lentPiece, requireScopes, type Call, type Catalog, type EncodedChunk, type JsonObject, type Principal, type Reader, type Resolved, type TreeRequest,
} from '@tessera/domain';
import { arrayDocumentV3, zarrV3View, type ZarrV3View } from './array-v3.ts';
import { arrayAttributesV3 } from './attributes.ts';
import { axisNamesOf } from './axis-names.ts';
import { ChunkOpener } from './chunk-opener.ts';
import { groupAttributes } from './group-attributes.ts';
import { inOrderAhead } from './in-order-ahead.ts';
import type { ZarrObject } from './zarr-object.ts';
import { PublishedArrays, isZarrArray, isZarrGroup, type PublishedArray } from './published-arrays.ts';
import { publishedGridShape } from './zarr-view.ts';

/** A key of a Zarr store and what it holds. */
export interface StoreMember {
  readonly name: string;
  readonly bytes: Uint8Array | LongBytes;
}

/** What is too long to be held: it is read as it is taken. */
export interface LongBytes {
  readonly byteLength: number;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Whoever packs members keeps a line for each of them. */
const maxMembers = 250_000;
/** Chunks of an array that are read ahead, and about how many bytes. */
const maxAhead = 8;
const aheadByteLength = 8 * 2 ** 20;
/** Of a longer chunk this much is read at a time, if it is passed on as it is stored. */
const partByteLength = 2 * 2 ** 20;

/** Part of the tree as the keys of a Zarr v3 store of its own: metadata first, then the chunks as they are published. */
export class ZarrV3Members {
  readonly #catalog: Catalog;
  readonly #arrays: PublishedArrays<ZarrV3View>;
  readonly #chunks: ChunkOpener;

  constructor(catalog: Catalog, reader: Reader) {
    this.#catalog = catalog;
    this.#arrays = new PublishedArrays(catalog, reader, zarrV3View);
    this.#chunks = new ChunkOpener(this.#arrays, reader);
  }

  /**
   * What the principal may not see, and what cannot be read, is not among them; nor are chunks that were never written.
   * @throws TesseraError too_large for more members than can be packed, not_acceptable for a part of an array.
   */
  async members(request: TreeRequest): Promise<AsyncIterable<StoreMember>> {
    const { principal, resolved, selection = [] } = request;
    requireScopes(principal, ['read:metadata', 'read:data']);
    if (selection.length > 0) throw new TesseraError('not_acceptable', 'A part of an array does not leave as Zarr. Ask for the whole, or for application/x-hdf5.');
    if (!isZarrArray(resolved) && !isZarrGroup(resolved)) throw new TesseraError('not_acceptable', `Nodes of the family ${resolved.node.structure.family} do not leave as Zarr.`);
    await this.#checkCount(request);
    return this.#write(request, resolved, '', request.fields);
  }

  async #checkCount(request: TreeRequest): Promise<void> {
    let count = 0;
    for await (const more of this.#countsBelow(request, request.resolved, request.fields)) {
      count += more;
      if (count > maxMembers) throw new TesseraError('too_large', `A Zarr store in one file may have ${maxMembers} keys. Name some of the fields ('?field=...') or export what lies further down.`);
    }
  }

  /** Keys of each node below, and of the node itself. */
  async *#countsBelow(request: TreeRequest, resolved: Resolved, fields?: readonly string[]): AsyncGenerator<number> {
    yield 1;
    if (isZarrArray(resolved)) {
      const array = await this.#publish(request, resolved);
      if (array) yield chunkCounts(array).reduce((product, count) => product * count, 1);
      return;
    }
    for await (const child of this.#childrenOf(request, resolved, fields)) yield* this.#countsBelow(request, child);
  }

  async *#write(request: TreeRequest, resolved: Resolved, prefix: string, fields?: readonly string[]): AsyncGenerator<StoreMember> {
    if (isZarrArray(resolved)) {
      yield* this.#writeArray(request, resolved, prefix);
      return;
    }
    const { principal, call } = request;
    yield json(`${prefix}zarr.json`, { zarr_format: 3, node_type: 'group', attributes: await groupAttributes(this.#arrays, principal, resolved, call) });
    for await (const child of this.#childrenOf(request, resolved, fields)) yield* this.#write(request, child, `${prefix}${nameOf(child)}/`);
  }

  async *#writeArray(request: TreeRequest, resolved: Resolved, prefix: string): AsyncGenerator<StoreMember> {
    const array = await this.#publish(request, resolved);
    if (!array) return;
    const { principal, call } = request;
    const { layout, view } = array;
    yield json(`${prefix}zarr.json`, arrayDocumentV3(layout, view, arrayAttributesV3(resolved, layout), axisNamesOf(resolved)));
    if (layout.dataType.itemsize === 0) return;
    const chunkByteLength = view.chunkShape.reduce((product, length) => product * length, layout.dataType.itemsize);
    const ahead = Math.max(1, Math.min(maxAhead, Math.floor(aheadByteLength / Math.max(chunkByteLength, 1))));
    const chunks = inOrderAhead(indices(chunkCounts(array)), ahead, async (chunkIndex) => ({ chunkIndex, bytes: await this.#readChunk(principal, resolved, chunkIndex, call) }));
    for await (const { chunkIndex, bytes } of chunks) if (bytes) yield { name: `${prefix}${['c', ...chunkIndex].join('/')}`, bytes };
  }

  /** Undefined for one that was never written. */
  async #readChunk(principal: Principal, resolved: Resolved, chunkIndex: readonly number[], call: Call): Promise<StoreMember['bytes'] | undefined> {
    const object = await this.#chunks.open(principal, resolved, () => ({ chunkIndex }), call);
    if (object.kind !== 'chunk') return undefined;
    const isLong = object.decodedByteLength > partByteLength;
    try {
      const chunk = await object.read(isLong ? { range: { start: 0, end: partByteLength } } : {});
      return isLong && chunk.totalByteLength !== undefined ? longBytes(object, chunk, chunk.totalByteLength) : lent(chunk);
    } catch (error) {
      if (isTesseraError(error, 'not_found')) return undefined;
      throw error;
    }
  }

  /** Undefined for what is no array for Zarr, or cannot be read. */
  async #publish({ principal, call, resolved: root }: TreeRequest, resolved: Resolved): Promise<PublishedArray<ZarrV3View> | undefined> {
    try {
      return await this.#arrays.publish(principal, resolved, call);
    } catch (error) {
      if (resolved === root || !(isTesseraError(error, 'not_found') || isTesseraError(error, 'gone') || isTesseraError(error, 'unsupported'))) throw error;
      return undefined;
    }
  }

  async *#childrenOf({ principal, call }: TreeRequest, group: Resolved, fields?: readonly string[]): AsyncGenerator<Resolved> {
    if (fields && group.node.structure.family === 'container') {
      // Asked for by name: there may be very many others.
      for (const field of fields) {
        const child = await this.#catalog.resolve(principal, [...group.node.path, field], {}, call);
        if (child.node.problem === undefined && (isZarrArray(child) || isZarrGroup(child))) yield child;
      }
      return;
    }
    for await (const child of this.#arrays.children(principal, group, call)) {
      if (fields && !fields.includes(nameOf(child))) continue;
      if (isZarrArray(child) || isZarrGroup(child)) yield child;
    }
  }
}

function nameOf({ node, column }: Resolved): string {
  return column ?? node.path.at(-1)!;
}

function json(name: string, document: JsonObject): StoreMember {
  return { name, bytes: Buffer.from(JSON.stringify(document)) };
}

function chunkCounts({ layout, view }: PublishedArray<ZarrV3View>): readonly number[] {
  return publishedGridShape(layout, view);
}

/** Every index of a grid, in C order. */
function* indices(counts: readonly number[]): Generator<number[]> {
  const total = counts.reduce((product, count) => product * count, 1);
  for (let ordinal = 0; ordinal < total; ordinal++) {
    const index = new Array<number>(counts.length);
    counts.reduceRight((rest, count, axis) => {
      index[axis] = rest % count;
      return Math.floor(rest / count);
    }, ordinal);
    yield index;
  }
}

/** A chunk part by part, of which the first is there. @throws TesseraError unavailable if it is written anew meanwhile. */
function longBytes({ read }: Extract<ZarrObject, { kind: 'chunk' }>, first: EncodedChunk, byteLength: number): LongBytes {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    let at = first.bytes?.byteLength ?? 0;
    yield lent(first);
    while (at < byteLength) {
      const part = await read({ range: { start: at, end: Math.min(at + partByteLength, byteLength) } });
      if (part.version !== first.version || !part.bytes?.byteLength) throw new TesseraError('unavailable', 'This chunk was written anew meanwhile. Try again.');
      at += part.bytes.byteLength;
      yield lent(part);
    }
  }
  return { byteLength, pieces: pieces() };
}

function lent({ bytes = new Uint8Array(), release }: EncodedChunk): Uint8Array {
  return release ? lentPiece(bytes, release) : bytes;
}
