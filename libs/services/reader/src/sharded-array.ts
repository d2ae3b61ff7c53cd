// Arrays whose stored chunks are shards (Zarr v3, "Sharding codec"): only the inner chunks that are wanted are read.
import { createPipeline, type Pipeline } from '@tessera/codecs';
import {
  TesseraError, chunkOrdinal, elementCount, keepPiece, locate, passPieceOn, regularChunkShape, releasePiece,
  type ArrayLayout, type ArrayManifest, type Call, type ChunkGrid, type ChunkPart, type CodecSpec, type ReadRange, type ScalarType, type VersionedByteStore,
} from '@tessera/domain';
import { LRUCache } from 'lru-cache';
import { lookAtObject, versionOf, type ChunkSources } from './chunk-sources.ts';
import { openPipeline } from './open-pipeline.ts';
import { readLent } from './piece-memory.ts';
import { readSteadily, writtenAnew } from './read-steadily.ts';
import { SharedWork } from './shared-work.ts';
import { foundInChunk, type Found, type ReadableArray } from './readable-array.ts';

const indexCacheByteLength = 16 * 2 ** 20;
/** An index of more entries than this is no honest one. */
const maxInnerCount = 2 ** 24;

/** Offset and length of an inner chunk that was never written: both 2⁶⁴−1. */
const neverWritten = 2n ** 64n - 1n;
const entryType: ScalarType = { kind: 'u', itemsize: 8, endianness: 'little' };

interface Sharding {
  readonly shardShape: readonly number[];
  readonly innerShape: readonly number[];
  /** Inner chunks of a shard, axis by axis. */
  readonly counts: readonly number[];
  readonly codecs: readonly CodecSpec[];
  readonly indexCodecs: readonly CodecSpec[];
  readonly indexAtStart: boolean;
}

interface Pipelines {
  readonly inner: Pipeline;
  readonly index: Pipeline;
  readonly encodedIndexByteLength: number;
}

/** A shard as found: where its inner chunks lie in the object. Undefined if there is no such object. */
type ShardIndex = { readonly uri: string; readonly version: string; readonly entries: BigUint64Array; readonly byteOffset: number; readonly byteLength: number };

/** How a manifest is sharded; undefined if its chunks are not shards, or shards in further codecs, which are read whole. */
export function shardingOf(manifest: ArrayManifest): Sharding | undefined {
  const [codec, ...further] = manifest.codecs;
  const shardShape = regularChunkShape(manifest.grid);
  if (codec?.name !== 'sharding_indexed' || further.length > 0 || manifest.edge !== 'padded' || !shardShape || manifest.refs.form === 'inline') return undefined;
  const { chunk_shape: innerShape, codecs, index_codecs: indexCodecs, index_location: location } = codec.configuration ?? {};
  const isSound = Array.isArray(innerShape) && innerShape.length === shardShape.length
    && innerShape.every((length, axis) => Number.isSafeInteger(length) && length > 0 && shardShape[axis]! % length === 0)
    && Array.isArray(codecs) && Array.isArray(indexCodecs);
  // What is not sound is left to the codec, which says what is wrong.
  if (!isSound) return undefined;
  const counts = shardShape.map((length, axis) => length / innerShape[axis]!);
  if (elementCount(counts) > maxInnerCount) return undefined;
  return { shardShape, innerShape, counts, codecs, indexCodecs, indexAtStart: location === 'start' };
}

export class ShardedArray implements ReadableArray {
  readonly layout: ArrayLayout;
  /** Of the inner chunks. */
  readonly grid: ChunkGrid;
  readonly chunkByteLength: number;
  readonly readsParts = false;
  private readonly indexes = new LRUCache<string, ShardIndex>({ maxSize: indexCacheByteLength });
  private readonly decoding = new SharedWork<Uint8Array | undefined>();
  private pipelines: Promise<Pipelines> | undefined;
  private readonly id: string;
  private readonly manifest: ArrayManifest;
  private readonly sharding: Sharding;
  private readonly store: VersionedByteStore;
  private readonly chunks: ChunkSources;

  constructor(opened: { readonly id: string; readonly manifest: ArrayManifest; readonly layout: ArrayLayout }, sharding: Sharding, chunks: ChunkSources) {
    this.id = opened.id;
    this.manifest = opened.manifest;
    this.layout = opened.layout;
    this.sharding = sharding;
    this.store = chunks.store;
    this.chunks = chunks;
    this.grid = { shape: opened.manifest.grid.shape, chunks: sharding.innerShape };
    this.chunkByteLength = elementCount(sharding.innerShape) * opened.manifest.dataType.itemsize;
  }

  async readPart(part: ChunkPart, found: (found: Found) => void, call: Call | undefined): Promise<boolean> {
    return this.chunks.gate.run(this.chunkByteLength, call, async () => {
      const isWhole = part.axes.every((axis, i) => axis.count === this.sharding.innerShape[i]);
      const bytes = isWhole ? await this.readInner(part, call, false) : await this.decoding.run(part.chunkIndex.join(), call, () => this.readInner(part, call, true));
      if (!bytes) return false;
      found(foundInChunk(part, bytes, this.sharding.innerShape));
      releasePiece(bytes);
      return true;
    });
  }

  private async readInner(part: ChunkPart, call: Call | undefined, isKept: boolean): Promise<Uint8Array | undefined> {
    const { counts } = this.sharding;
    const { inner } = await this.resolve();
    const key = `${this.id}/inner/${chunkOrdinal(this.grid, part.chunkIndex)}`;
    const ordinal = part.chunkIndex.reduce((total, position, axis) => total * counts[axis]! + (position % counts[axis]!), 0);
    return readSteadily('shard', async () => {
      const index = await this.readIndex(part.chunkIndex.map((position, axis) => Math.floor(position / counts[axis]!)), call);
      if (!index) return undefined;
      const cached = this.chunks.cache.get(key, index.version);
      if (cached) return cached;
      const place = placeOf(index, ordinal, inner.maxEncodedByteLength);
      if (!place) return undefined;
      const stored = await readLent((allocate) => this.readObject(index.uri, { ...place, allocate }, call));
      // A shard that was written anew since has its inner chunks elsewhere.
      if (stored?.version !== index.version) return writtenAnew;
      if (stored.bytes.byteLength !== place.byteLength) throw damaged('it is cut short');
      const bytes = await inner.decode(stored.bytes, call ? { call } : {});
      if (bytes.buffer === stored.bytes.buffer) passPieceOn(stored.bytes, bytes);
      else releasePiece(stored.bytes);
      // Others may look at it besides.
      if (isKept) keepPiece(bytes);
      if (isKept && (!this.layout.volatile || index.version !== '')) this.chunks.cache.set(key, index.version, bytes);
      return bytes;
    });
  }

  private async readIndex(shardIndex: readonly number[], call: Call | undefined): Promise<ShardIndex | undefined> {
    const key = shardIndex.join();
    const ref = locate(this.manifest, shardIndex);
    if (!ref || ref.kind === 'inline') return undefined;
    return readSteadily('shard', async () => {
      const found = ref.kind === 'range' ? { byteLength: ref.byteLength, version: '' } : await lookAtObject(this.store, ref.uri, call);
      if (!found) return undefined;
      const { byteLength, version } = found;
      const known = this.indexes.get(key);
      if (known?.version === version) return known;
      const { index, encodedIndexByteLength } = await this.resolve();
      const byteOffset = ref.kind === 'range' ? ref.byteOffset : 0;
      const start = this.sharding.indexAtStart ? 0 : byteLength - encodedIndexByteLength;
      if (start < 0) throw damaged('it is shorter than its index');
      const encoded = await this.readObject(ref.uri, { byteOffset: byteOffset + start, byteLength: encodedIndexByteLength }, call);
      if (encoded && encoded.version !== version) return writtenAnew;
      if (encoded?.bytes.byteLength !== encodedIndexByteLength) throw damaged('it is cut short');
      const decoded = await index.decode(encoded.bytes, call ? { call } : {});
      // A copy: the entries must not hold on to a larger buffer, and lie at a multiple of their size.
      const opened = { uri: ref.uri, version, entries: new BigUint64Array(new Uint8Array(decoded).buffer), byteOffset, byteLength };
      this.indexes.set(key, opened, { size: Math.max(decoded.byteLength, 1) });
      return opened;
    });
  }

  /** Bytes of a shard, and its version if it is an object of its own. */
  private async readObject(uri: string, range: ReadRange, call: Call | undefined): Promise<{ readonly bytes: Uint8Array; readonly version: string } | undefined> {
    if (this.manifest.refs.form === 'template') {
      const found = await this.store.readSnapshot(uri, range, call);
      return found && { bytes: found.bytes, version: versionOf(found.entry) };
    }
    const bytes = await this.store.read(uri, range, call);
    return bytes && { bytes, version: '' };
  }

  private resolve(): Promise<Pipelines> {
    const { codecs, indexCodecs, innerShape, counts } = this.sharding;
    const { dataType, fillValue } = this.manifest;
    this.pipelines ??= Promise.all([
      openPipeline(codecs, { shape: innerShape, dataType, store: this.store, ...(this.chunks.codecs ? { codecs: this.chunks.codecs } : {}), ...(fillValue ? { fillValue } : {}) }, this.chunks.pool),
      createPipeline(indexCodecs, { shape: [...counts, 2], dataType: entryType }),
    ]).then(async ([inner, index]) => {
      // Codecs of an index do not compress: that of no entry is as long as any.
      const encodedIndexByteLength = (await index.encode(new Uint8Array(index.byteLength))).byteLength;
      return { inner, index, encodedIndexByteLength };
    });
    return this.pipelines;
  }
}

/** Where an inner chunk lies in its object; undefined if it was never written. */
function placeOf({ entries, byteOffset, byteLength }: ShardIndex, ordinal: number, maxByteLength: number): { byteOffset: number; byteLength: number } | undefined {
  const offset = entries[ordinal * 2]!;
  const length = entries[ordinal * 2 + 1]!;
  if (offset === neverWritten && length === neverWritten) return undefined;
  if (offset + length > BigInt(byteLength)) throw damaged('an inner chunk lies beyond its end');
  if (length > BigInt(maxByteLength)) throw damaged('an inner chunk is longer than it can be');
  return { byteOffset: byteOffset + Number(offset), byteLength: Number(length) };
}

function damaged(what: string): TesseraError {
  return new TesseraError('gone', `A shard of these data is damaged: ${what}.`);
}
