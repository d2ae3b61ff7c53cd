// Arrays stored in memory in every form a manifest knows, with what a naive reader finds in them.
import { createPipeline } from '@tessera/codecs';
import {
  chunkOriginAt, chunkShapeAt, elementCount, gridShape, regularChunkShape, templateKey,
  type ArrayManifest, type ByteRange, type Call, type ChunkGrid, type ChunkRefs, type CodecSpec, type DataType, type Manifest, type ManifestStore, type Ticket, type VersionedByteStore,
} from '@tessera/domain';

export interface Example {
  readonly manifest: ArrayManifest;
  readonly store: CountingStore;
  /** The whole array in C order. */
  readonly bytes: Uint8Array;
}

export interface ExampleOptions {
  readonly dataType: DataType;
  readonly grid: ChunkGrid;
  readonly form: ChunkRefs['form'] & ('template' | 'affine' | 'table');
  readonly edge: 'padded' | 'clipped';
  readonly codecs: readonly CodecSpec[];
  readonly fillValue?: Uint8Array;
  /** Ordinals of chunks that are never written. */
  readonly missing?: ReadonlySet<number>;
  /** Codec masks by ordinal. */
  readonly masks?: readonly number[];
}

/** A store in memory that counts what is read of it. */
export class CountingStore implements VersionedByteStore {
  readonly objects = new Map<string, Uint8Array>();
  /** When objects were written, for those that are to have a time. */
  readonly modifiedAtMs = new Map<string, number>();
  readCount = 0;
  readByteLength = 0;
  concurrent = 0;
  mostConcurrent = 0;
  delay: () => Promise<void> = () => Promise.resolve();

  async read(uri: string, range?: ByteRange, _call?: Call): Promise<Uint8Array | undefined> {
    this.readCount++;
    this.mostConcurrent = Math.max(this.mostConcurrent, ++this.concurrent);
    await this.delay();
    this.concurrent--;
    const bytes = this.objects.get(uri);
    if (!bytes) return undefined;
    const part = new Uint8Array(bytes.subarray(range?.byteOffset ?? 0, range?.byteLength === undefined ? undefined : range.byteOffset + range.byteLength));
    this.readByteLength += part.byteLength;
    return part;
  }

  async readSnapshot(uri: string, range?: ByteRange, call?: Call) {
    const bytes = await this.read(uri, range, call);
    const entry = await this.stat(uri);
    return bytes && entry && { bytes, entry };
  }

  async stat(uri: string) {
    const bytes = this.objects.get(uri);
    const modifiedAtMs = this.modifiedAtMs.get(uri);
    return bytes ? { uri, isDirectory: false, byteLength: bytes.byteLength, ...(modifiedAtMs === undefined ? {} : { modifiedAtMs, version: `${bytes.byteLength}-${modifiedAtMs}` }) } : undefined;
  }

  async *list() {}
}

/** Deterministic bytes, no two neighbours alike. */
export function exampleBytes(byteLength: number): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, index) => (index * 167 + (index >> 8) * 31 + 11) & 255);
}

/** Stores an array as a manifest describes it. Chunks that are missing read as the fill value. */
export async function storeExample(options: ExampleOptions): Promise<Example> {
  const { dataType, grid, codecs, edge, form, fillValue, missing = new Set<number>(), masks } = options;
  const { itemsize } = dataType;
  const bytes = exampleBytes(elementCount(grid.shape) * itemsize);
  const store = new CountingStore();
  const counts = gridShape(grid);
  const encoded: Uint8Array[] = [];
  const regular = regularChunkShape(grid);
  for (let ordinal = 0; ordinal < elementCount(counts); ordinal++) {
    const index = indexOf(ordinal, counts);
    const shape = chunkShapeAt(grid, index);
    const origin = chunkOriginAt(grid, index);
    const storedShape = edge === 'padded' && regular ? regular : shape;
    const chunk = new Uint8Array(elementCount(storedShape) * itemsize).fill(0xee);
    for (const element of elements(shape)) {
      const at = offsetOf(element.map((position, axis) => position + origin[axis]!), grid.shape) * itemsize;
      const to = offsetOf(element, storedShape) * itemsize;
      const value = missing.has(ordinal) ? (fillValue ?? new Uint8Array(itemsize)) : bytes.slice(at, at + itemsize);
      bytes.set(value, at);
      chunk.set(value, to);
    }
    const mask = masks?.[ordinal] ?? 0;
    const pipeline = await createPipeline(codecs.filter((_, codec) => (mask & (1 << codec)) === 0), { shape: storedShape, dataType, ...(fillValue ? { fillValue } : {}) });
    encoded.push(await pipeline.encode(chunk));
  }
  const refs = placeChunks(store, form, encoded, counts, missing, masks);
  const manifest: ArrayManifest = { kind: 'array', dataType, grid, edge, codecs, refs, sources: [], ...(fillValue ? { fillValue } : {}) };
  return { manifest, store, bytes };
}

function placeChunks(store: CountingStore, form: ExampleOptions['form'], encoded: readonly Uint8Array[], counts: readonly number[], missing: ReadonlySet<number>, masks?: readonly number[]): ChunkRefs {
  if (form === 'template') {
    const refs = { form, prefix: 'memory:array', keyPrefix: 'c/', separator: '/', scalarKey: 'c' } as const;
    encoded.forEach((chunk, ordinal) => {
      if (!missing.has(ordinal)) store.objects.set(`memory:array/${templateKey(refs, indexOf(ordinal, counts))}`, chunk);
    });
    return refs;
  }
  const headByteLength = 13;
  const byteLengths = Float64Array.from(encoded, (chunk) => chunk.byteLength);
  const byteOffsets = new Float64Array(encoded.length);
  let end = headByteLength;
  encoded.forEach((chunk, ordinal) => {
    byteOffsets[ordinal] = end;
    end += chunk.byteLength;
  });
  const file = new Uint8Array(end);
  encoded.forEach((chunk, ordinal) => file.set(chunk, byteOffsets[ordinal]!));
  store.objects.set('memory:file', file);
  if (form === 'affine') return { form, uri: 'memory:file', byteOffset: headByteLength, byteStride: byteLengths[0] ?? 0, byteLength: end - headByteLength };
  missing.forEach((ordinal) => (byteOffsets[ordinal] = -1));
  return { form, uris: ['memory:file'], byteOffsets, byteLengths, ...(masks ? { codecMasks: Uint32Array.from(encoded, (_, ordinal) => masks[ordinal] ?? 0) } : {}) };
}

/** Manifests by name, in memory. */
export function manifestStore(manifests: Readonly<Record<string, Manifest>>): ManifestStore {
  return {
    put: () => Promise.reject(new Error('read only')),
    get: async (id) => manifests[id]!,
  };
}

export function ticketFor(manifestId: string): Ticket {
  return { manifestId, principalId: 'someone', expiresAtMs: Date.now() + 60_000 };
}

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(new Uint8Array(piece));
  return Buffer.concat(all);
}

/** Every index of a shape, in C order. */
export function* elements(shape: readonly number[]): Generator<number[]> {
  for (let ordinal = 0; ordinal < elementCount(shape); ordinal++) yield indexOf(ordinal, shape);
}

export function indexOf(ordinal: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = ordinal % shape[axis]!;
    ordinal = Math.floor(ordinal / shape[axis]!);
  }
  return index;
}

export function offsetOf(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((offset, position, axis) => offset * shape[axis]! + position, 0);
}
