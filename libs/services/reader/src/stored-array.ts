import { createPipeline, type Pipeline } from '@tessera/codecs';
import {
  TesseraError, chunkOrdinal, chunkShapeAt, elementCount, locate, regularChunkShape,
  type ArrayLayout, type ArrayManifest, type ByteStore, type Call, type ChunkGrid, type ChunkPart, type ChunkRef, type CodecSpec, type DataType,
} from '@tessera/domain';
import { lookAtObject, type ChunkSources, type SeenObject } from './chunk-sources.ts';
import { cStrides } from './copy-region.ts';
import { foundInChunk, type Found, type ReadableArray } from './readable-array.ts';
import { partRuns } from './part-runs.ts';

/** Pipelines kept for the shapes of cut chunks; an array has one a corner of its grid, irregular ones more. */
const maxPipelineCount = 64;

/** The bytes of a chunk as they lie in the store. */
export interface StoredChunk {
  readonly bytes: Uint8Array;
  readonly codecMask: number;
}

const unchanging: Pick<SeenObject, 'version'> = { version: '' };

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
  private readonly store: ByteStore;
  private readonly chunks: ChunkSources;
  private wholeChunkByteLimit: number | undefined;
  private readonly pipelines = new Map<string, Promise<Pipeline>>();

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
    if (!ref) return false;
    const seen = this.mayChange(ref) ? await this.lookAt(ref, call) : unchanging;
    if (!seen) return false;
    if (this.readsParts && ref.kind !== 'inline') return this.readRuns(ref, part, found, call);
    return this.chunks.gate.run(this.chunkByteLength, call, async () => {
      const bytes = await this.readDecoded(ref, seen.version, part, call);
      if (!bytes) return false;
      found(foundInChunk(part, bytes, this.storedShapeAt(part.chunkIndex)));
      return true;
    });
  }

  /** Whether the bytes may change without a source that tells. */
  mayChange(ref: ChunkRef): boolean {
    return ref.kind === 'object' && this.layout.volatile;
  }

  /** The object of a chunk that may change, as it is now: what is read next is of it, or newer. Undefined if it is not there. */
  async lookAt(ref: ChunkRef, call: Call | undefined): Promise<SeenObject | undefined> {
    return ref.kind === 'object' ? lookAtObject(this.store, ref.uri, call) : undefined;
  }

  /** The bytes as stored; undefined if the object is not there. @throws TesseraError gone if they are cut short. */
  async readStored(ref: ChunkRef, maxByteLength: number, call: Call | undefined): Promise<StoredChunk | undefined> {
    switch (ref.kind) {
      case 'inline':
        return { bytes: ref.bytes, codecMask: 0 };
      case 'range': {
        if (ref.byteLength > maxByteLength) throw damaged();
        const bytes = await this.store.read(ref.uri, ref, call);
        return { bytes: checkWhole(bytes, ref.byteLength), codecMask: ref.codecMask ?? 0 };
      }
      case 'object': {
        // One byte more than can be right shows an object that is too large without reading it all.
        const bytes = await this.store.read(ref.uri, { byteOffset: 0, byteLength: maxByteLength + 1 }, call);
        if (!bytes) return undefined;
        if (bytes.byteLength > maxByteLength) throw damaged();
        return { bytes, codecMask: 0 };
      }
    }
  }

  /** How many bytes are stored; undefined if the object is not there. */
  async storedByteLength(ref: ChunkRef, call: Call | undefined): Promise<number | undefined> {
    if (ref.kind === 'object') return (await lookAtObject(this.store, ref.uri, call))?.byteLength;
    return ref.kind === 'range' ? ref.byteLength : ref.bytes.byteLength;
  }

  /** The stored codecs for a chunk shape. */
  private pipelineFor(shape: readonly number[]): Promise<Pipeline> {
    const key = shape.join();
    const known = this.pipelines.get(key);
    if (known) return known;
    if (this.pipelines.size >= maxPipelineCount) this.pipelines.clear();
    const { codecs, dataType, fillValue } = this.manifest;
    const pipeline = createPipeline(codecs, { shape, dataType, store: this.store, ...(fillValue ? { fillValue } : {}) });
    this.pipelines.set(key, pipeline);
    pipeline.catch(() => this.pipelines.delete(key));
    return pipeline;
  }

  /** Most bytes that a sound chunk of `chunkShape` has in the store. */
  encodedByteLimit(): number | Promise<number> {
    return this.wholeChunkByteLimit ?? this.pipelineFor(this.chunkShape ?? []).then((pipeline) => (this.wholeChunkByteLimit = pipeline.maxEncodedByteLength));
  }

  private async readDecoded(ref: ChunkRef, version: string, part: ChunkPart, call: Call | undefined): Promise<Uint8Array | undefined> {
    const key = `${this.id}/${chunkOrdinal(this.grid, part.chunkIndex)}`;
    const { cache } = this.chunks;
    const shape = this.storedShapeAt(part.chunkIndex);
    // A chunk that was used whole will hardly be asked for again at once.
    const isWhole = part.axes.every((axis, index) => axis.count === shape[index]);
    const cached = cache.get(key, version);
    if (cached) return cached;
    const pipeline = await this.pipelineFor(shape);
    const stored = await this.readStored(ref, pipeline.maxEncodedByteLength, call);
    if (!stored) return undefined;
    const bytes = await pipeline.decode(stored.bytes, { codecMask: stored.codecMask, ...(call ? { call } : {}) });
    if (!isWhole && (!this.layout.volatile || version !== '')) cache.set(key, version, bytes);
    return bytes;
  }

  /** Without codecs, the runs of a part that are worth a read each, and nothing else of the chunk. */
  private async readRuns(ref: Exclude<ChunkRef, { kind: 'inline' }>, part: ChunkPart, found: (found: Found) => void, call: Call | undefined): Promise<boolean> {
    const { itemsize } = this.manifest.dataType;
    const shape = this.storedShapeAt(part.chunkIndex);
    const chunkByteOffset = ref.kind === 'range' ? ref.byteOffset : 0;
    if (ref.kind === 'range' && ref.byteLength < elementCount(shape) * itemsize) throw cutShort();
    for (const run of partRuns(part.axes, cStrides(shape), itemsize)) {
      const byteLength = run.elementCount * itemsize;
      const bytes = await this.store.read(ref.uri, { byteOffset: chunkByteOffset + run.start * itemsize, byteLength }, call);
      if (!bytes && ref.kind === 'object') return false;
      found({ box: { bytes: checkWhole(bytes, byteLength), start: run.boxStart, strides: run.strides }, counts: run.counts, to: run.to });
    }
    return true;
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

function damaged(): TesseraError {
  return new TesseraError('gone', 'A chunk of these data is damaged: more bytes are stored for it than it can have.');
}
