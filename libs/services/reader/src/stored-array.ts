import type { Pipeline } from '@tessera/codecs';
import {
  TesseraError, chunkOrdinal, chunkShapeAt, elementCount, keepPiece, locate, passPieceOn, regularChunkShape, releasePiece,
  type ArrayLayout, type ArrayManifest, type Call, type ChunkGrid, type ChunkPart, type ChunkRef, type CodecSpec, type DataType, type ReadRange, type VersionedByteStore,
} from '@tessera/domain';
import { lookAtObject, readChecked, versionOf, type ChunkSources, type SeenObject } from './chunk-sources.ts';
import { cStrides } from './copy-region.ts';
import { foundInChunk, type Found, type ReadableArray } from './readable-array.ts';
import { openPipeline } from './open-pipeline.ts';
import { partRuns } from './part-runs.ts';
import { readLent } from './piece-memory.ts';
import { readSteadily, writtenAnew } from './read-steadily.ts';
import { SharedWork } from './shared-work.ts';

/** Pipelines kept for the shapes of cut chunks; an array has one a corner of its grid, irregular ones more. */
const maxPipelineCount = 64;

/** The bytes of a chunk as they lie in the store. */
export interface StoredChunk {
  readonly bytes: Uint8Array;
  readonly codecMask: number;
  /** Of the object that they are of; empty if nothing tells, or if it never changes under its manifest. */
  readonly version: string;
}

/** An array in a store, read by its manifest. */
export class StoredArray implements ReadableArray {
  readonly manifest: ArrayManifest;
  readonly layout: ArrayLayout;
  readonly grid: ChunkGrid;
  readonly chunkByteLength: number;
  readonly readsParts: boolean;
  /** The one shape of chunks as stored, if they are alike. */
  readonly chunkShape: readonly number[] | undefined;
  readonly id: string;
  private readonly store: VersionedByteStore;
  private readonly chunks: ChunkSources;
  private wholeChunkByteLimit: number | undefined;
  private readonly pipelines = new Map<string, Promise<Pipeline>>();
  private readonly decoding = new SharedWork<Uint8Array | undefined>();

  constructor(id: string, manifest: ArrayManifest, chunks: ChunkSources) {
    const { dataType, grid, edge, fillValue, codecs } = manifest;
    this.id = id;
    this.manifest = manifest;
    this.store = chunks.store;
    this.chunks = chunks;
    this.grid = grid;
    this.chunkShape = regularChunkShape(grid);
    this.chunkByteLength = largestChunkElementCount(grid) * dataType.itemsize;
    this.readsParts = codecs.every((codec) => leavesBytesAlone(codec, dataType)) && manifest.refs.form !== 'inline' && dataType.itemsize > 0;
    this.layout = { dataType, grid, edge, ...(fillValue ? { fillValue } : {}), codecs, volatile: manifest.volatile ?? false };
  }

  /** Shape of a chunk as it is stored. */
  storedShapeAt(chunkIndex: readonly number[]): readonly number[] {
    return this.manifest.edge === 'padded' && this.chunkShape ? this.chunkShape : chunkShapeAt(this.grid, chunkIndex);
  }

  async readPart(part: ChunkPart, found: (found: Found) => void, call: Call | undefined): Promise<boolean> {
    const ref = locate(this.manifest, part.chunkIndex);
    return ref ? this.checked(ref, call, () => this.readLocated(ref, part, found, call)) : false;
  }

  /** A read of a chunk between two looks at its file, where the manifest leaves them to the chunk. */
  checked<Result>(ref: ChunkRef, call: Call | undefined, read: () => Promise<Result>): Promise<Result> {
    return readChecked(this.chunks.sources, ref, call, read);
  }

  private async readLocated(ref: ChunkRef, part: ChunkPart, found: (found: Found) => void, call: Call | undefined): Promise<boolean> {
    if (this.readsParts && ref.kind !== 'inline') return this.readRuns(ref, part, found, call);
    return this.chunks.gate.run(this.chunkByteLength, call, async () => {
      const bytes = await this.readDecoded(ref, part, call);
      if (!bytes) return false;
      found(foundInChunk(part, bytes, this.storedShapeAt(part.chunkIndex)));
      releasePiece(bytes);
      return true;
    });
  }

  /** Whether the bytes may change without a source that tells. */
  mayChange(ref: ChunkRef): boolean {
    return ref.kind === 'object' && this.layout.volatile;
  }

  /** The object of a chunk as it is now; undefined if it is not there. */
  async lookAt(ref: ChunkRef, call: Call | undefined): Promise<SeenObject | undefined> {
    return ref.kind === 'object' ? lookAtObject(this.store, ref.uri, call) : undefined;
  }

  /** The bytes as stored; undefined if the object is not there. @throws TesseraError gone if they are cut short. */
  async readStored(ref: ChunkRef, maxByteLength: number, call: Call | undefined, allocate?: ReadRange['allocate']): Promise<StoredChunk | undefined> {
    switch (ref.kind) {
      case 'inline':
        return { bytes: ref.bytes, codecMask: 0, version: '' };
      case 'range': {
        if (ref.byteLength > maxByteLength) throw damagedChunk();
        const bytes = await this.store.read(ref.uri, { byteOffset: ref.byteOffset, byteLength: ref.byteLength, ...(allocate ? { allocate } : {}) }, call);
        return { bytes: checkWhole(bytes, ref.byteLength), codecMask: ref.codecMask ?? 0, version: '' };
      }
      case 'object': {
        // One byte more than can be right shows an object that is too large without reading it all.
        const found = await this.readObject(ref, { byteOffset: 0, byteLength: maxByteLength + 1, ...(allocate ? { allocate } : {}) }, call);
        if (!found) return undefined;
        if (found.bytes.byteLength > maxByteLength) throw damagedChunk();
        return { ...found, codecMask: 0 };
      }
    }
  }

  /** Bytes of an object, and its version if it may change. */
  private async readObject(ref: Exclude<ChunkRef, { kind: 'inline' }>, range: ReadRange, call: Call | undefined): Promise<{ readonly bytes: Uint8Array; readonly version: string } | undefined> {
    if (this.mayChange(ref)) {
      const found = await this.store.readSnapshot(ref.uri, range, call);
      return found && { bytes: found.bytes, version: versionOf(found.entry) };
    }
    const bytes = await this.store.read(ref.uri, range, call);
    return bytes && { bytes, version: '' };
  }

  /** How many bytes are stored, and of which version if they may change; undefined if the object is not there. */
  async lookAtStored(ref: ChunkRef, call: Call | undefined): Promise<SeenObject | undefined> {
    if (ref.kind === 'inline') return { byteLength: ref.bytes.byteLength, version: '' };
    if (ref.kind === 'range') return { byteLength: ref.byteLength, version: '' };
    const seen = await this.lookAt(ref, call);
    return seen && (this.mayChange(ref) ? seen : { ...seen, version: '' });
  }

  /** A range of the bytes as stored, which must lie within them; undefined if the object is not there. */
  async readStoredRange(ref: ChunkRef, range: ReadRange & { readonly byteLength: number }, call: Call | undefined): Promise<{ readonly bytes: Uint8Array; readonly version: string } | undefined> {
    const { byteOffset, byteLength, allocate } = range;
    if (ref.kind === 'inline') return { bytes: ref.bytes.subarray(byteOffset, byteOffset + byteLength), version: '' };
    const read = await this.readObject(ref, { byteOffset: byteOffset + (ref.kind === 'range' ? ref.byteOffset : 0), byteLength, ...(allocate ? { allocate } : {}) }, call);
    if (!read && ref.kind === 'object') return undefined;
    return { bytes: checkWhole(read?.bytes, byteLength), version: read!.version };
  }

  /** How many bytes are stored; undefined if the object is not there. */
  async storedByteLength(ref: ChunkRef, call: Call | undefined): Promise<number | undefined> {
    if (ref.kind === 'object') return (await this.lookAt(ref, call))?.byteLength;
    return ref.kind === 'range' ? ref.byteLength : ref.bytes.byteLength;
  }

  /** The stored codecs for a chunk shape. */
  private pipelineFor(shape: readonly number[]): Promise<Pipeline> {
    const key = shape.join();
    const known = this.pipelines.get(key);
    if (known) return known;
    if (this.pipelines.size >= maxPipelineCount) this.pipelines.clear();
    const { codecs, dataType, fillValue } = this.manifest;
    const pipeline = openPipeline(codecs, { shape, dataType, store: this.store, ...(this.chunks.codecs ? { codecs: this.chunks.codecs } : {}), ...(fillValue ? { fillValue } : {}) }, this.chunks.pool);
    this.pipelines.set(key, pipeline);
    pipeline.catch(() => this.pipelines.delete(key));
    return pipeline;
  }

  /** Most bytes that a sound chunk of `chunkShape` has in the store. */
  encodedByteLimit(): number | Promise<number> {
    return this.wholeChunkByteLimit ?? this.pipelineFor(this.chunkShape ?? []).then((pipeline) => (this.wholeChunkByteLimit = pipeline.maxEncodedByteLength));
  }

  private async readDecoded(ref: ChunkRef, part: ChunkPart, call: Call | undefined): Promise<Uint8Array | undefined> {
    const key = `${this.id}/${chunkOrdinal(this.grid, part.chunkIndex)}`;
    const shape = this.storedShapeAt(part.chunkIndex);
    // A chunk that was used whole will hardly be asked for again at once.
    const isWhole = part.axes.every((axis, index) => axis.count === shape[index]);
    const mayChange = this.mayChange(ref);
    if (!(mayChange && isWhole)) {
      const seen = mayChange ? await this.lookAt(ref, call) : { version: '' };
      if (!seen) return undefined;
      const cached = this.chunks.cache.get(key, seen.version);
      if (cached) return cached;
    }
    if (isWhole) return this.decodeStored(ref, shape, call);
    return this.decoding.run(key, call, () => this.decodeStored(ref, shape, call, key));
  }

  /** @param key under which it is kept */
  private async decodeStored(ref: ChunkRef, shape: readonly number[], call: Call | undefined, key?: string): Promise<Uint8Array | undefined> {
    const pipeline = await this.pipelineFor(shape);
    const stored = await readLent((allocate) => this.readStored(ref, pipeline.maxEncodedByteLength, call, allocate));
    if (!stored) return undefined;
    const bytes = await pipeline.decode(stored.bytes, { codecMask: stored.codecMask, ...(call ? { call } : {}) });
    if (bytes.buffer === stored.bytes.buffer) passPieceOn(stored.bytes, bytes);
    else releasePiece(stored.bytes);
    if (key === undefined) return bytes;
    // Others may look at it besides.
    keepPiece(bytes);
    if (!this.layout.volatile || stored.version !== '') this.chunks.cache.set(key, stored.version, bytes);
    return bytes;
  }

  /** Without codecs, the runs of a part that are worth a read each, and nothing else of the chunk. */
  private async readRuns(ref: Exclude<ChunkRef, { kind: 'inline' }>, part: ChunkPart, found: (found: Found) => void, call: Call | undefined): Promise<boolean> {
    const { itemsize } = this.manifest.dataType;
    const shape = this.storedShapeAt(part.chunkIndex);
    const chunkByteOffset = ref.kind === 'range' ? ref.byteOffset : 0;
    if (ref.kind === 'range' && ref.byteLength < elementCount(shape) * itemsize) throw cutShort();
    return readSteadily('chunk', async () => {
      const versions = new Set<string>();
      for (const run of partRuns(part.axes, cStrides(shape), itemsize)) {
        const byteLength = run.elementCount * itemsize;
        const read = await readLent((allocate) => this.readObject(ref, { byteOffset: chunkByteOffset + run.start * itemsize, byteLength, allocate }, call));
        if (!read && ref.kind === 'object') return false;
        const bytes = checkWhole(read?.bytes, byteLength);
        found({ box: { bytes, start: run.boxStart, strides: run.strides }, counts: run.counts, to: run.to });
        releasePiece(bytes);
        versions.add(read!.version);
        if (versions.size > 1) return writtenAnew;
      }
      return true;
    });
  }
}

/** Whether a codec hands elements on as they are. */
function leavesBytesAlone(codec: CodecSpec, dataType: DataType): boolean {
  if (codec.name !== 'bytes') return false;
  const endian = codec.configuration?.['endian'];
  return endian === undefined || endian === null || hasByteOrder(dataType, endian);
}

function hasByteOrder(dataType: DataType, endian: unknown): boolean {
  if (dataType.kind === 'struct') return dataType.fields.every((field) => hasByteOrder(field.dataType, endian));
  return dataType.endianness === 'not_applicable' || dataType.endianness === endian;
}

function largestChunkElementCount(grid: ChunkGrid): number {
  return elementCount(grid.chunks.map((chunks) => (typeof chunks === 'number' ? chunks : chunks.reduce((most, length) => Math.max(most, length), 0))));
}

function checkWhole(bytes: Uint8Array | undefined, byteLength: number): Uint8Array {
  if (!bytes) throw new TesseraError('gone', 'The file that holds these data is no longer there.');
  if (bytes.byteLength < byteLength) throw cutShort();
  return bytes;
}

function cutShort(): TesseraError {
  return new TesseraError('gone', 'The file that holds these data is cut short: a part of them is missing.');
}

export function damagedChunk(): TesseraError {
  return new TesseraError('gone', 'A chunk of these data is damaged: more bytes are stored for it than it can have.');
}
