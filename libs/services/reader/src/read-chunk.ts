import type { CodecPool, Pipeline } from '@tessera/codecs';
import { TesseraError, elementCount, locate, releasePiece, type Call, type ChunkRange, type ChunkRef, type ChunkRequest, type CodecSpec, type DataType, type EncodedChunk } from '@tessera/domain';
import { LRUCache } from 'lru-cache';
import { allocate, assemble, fill } from './assemble.ts';
import { openPipeline } from './open-pipeline.ts';
import { readBand } from './read-band.ts';
import { checkResponseSize } from './read-array.ts';
import { readLent } from './piece-memory.ts';
import { readSteadily, writtenAnew } from './read-steadily.ts';
import type { ReadableArray } from './readable-array.ts';
import type { ReaderLimits } from './reader-options.ts';
import { damagedChunk, type StoredArray } from './stored-array.ts';

/**
 * The bytes of a chunk as they lie in the store, if they are what is asked for: the same chunk
 * shape and codecs, no codec left out for this chunk, and stored whole.
 */
export function readAsStored(array: StoredArray, request: ChunkRequest, limits: ReaderLimits, call: Call | undefined): Promise<EncodedChunk | undefined> | undefined {
  if (array.manifest.refs.form === 'inline' || !sameShape(array.chunkShape, request.chunkShape) || !sameCodecs(array.layout.codecs, request.codecs)) return undefined;
  if (!sameShapeAt(array, request)) return undefined;
  const ref = locate(array.manifest, request.chunkIndex);
  if (!ref || (ref.kind === 'range' && ref.codecMask !== undefined)) return undefined;
  const { range } = request;
  return array.checked(ref, call, () => (range ? readRange(array, ref, { ...request, range }, limits, call) : readWhole(array, ref, request.knownVersion, limits, call)));
}

async function readWhole(array: StoredArray, ref: ChunkRef, knownVersion: string | undefined, limits: ReaderLimits, call: Call | undefined): Promise<EncodedChunk | undefined> {
  const found = array.encodedByteLimit();
  const limit = typeof found === 'number' ? found : await found;
  if (limit > limits.responseByteLimit) checkResponseSize((await array.storedByteLength(ref, call)) ?? 0, limits);
  if (knownVersion !== undefined && array.mayChange(ref) && (await array.lookAt(ref, call))?.version === knownVersion) return { version: knownVersion };
  const stored = await readLent((allocate) => array.readStored(ref, limit, call, allocate));
  return stored && { ...lent(stored.bytes), ...(stored.version === '' ? {} : { version: stored.version }) };
}

/** Bytes of a stored chunk, e.g. a shard, of which nothing else is read. It may be written anew between the look at its length and the read. */
async function readRange(array: StoredArray, ref: ChunkRef, { range, knownVersion }: ChunkRequest & { readonly range: ChunkRange }, limits: ReaderLimits, call: Call | undefined): Promise<EncodedChunk | undefined> {
  const limit = await array.encodedByteLimit();
  return readSteadily('chunk', async () => {
    const seen = await array.lookAtStored(ref, call);
    if (!seen) return undefined;
    const { byteLength: totalByteLength, version } = seen;
    if (knownVersion !== undefined && version === knownVersion) return { version };
    if (totalByteLength > limit) throw damagedChunk();
    const { byteOffset, byteLength } = spanOf(range, totalByteLength);
    checkResponseSize(byteLength, limits);
    const read = byteLength === 0 ? { bytes: new Uint8Array(), version } : await readLent((allocate) => array.readStoredRange(ref, { byteOffset, byteLength, allocate }, call));
    if (!read) return undefined;
    if (read.version !== version) return writtenAnew;
    return { ...lent(read.bytes), totalByteLength, ...(version === '' ? {} : { version }) };
  });
}

function lent(bytes: Uint8Array): Pick<Required<EncodedChunk>, 'bytes' | 'release'> {
  return { bytes, release: () => releasePiece(bytes) };
}

function spanOf(range: ChunkRange, totalByteLength: number): { byteOffset: number; byteLength: number } {
  const start = 'start' in range ? range.start : Math.max(totalByteLength - range.suffixByteLength, 0);
  const end = 'start' in range ? Math.min(range.end ?? totalByteLength, totalByteLength) : totalByteLength;
  return { byteOffset: start, byteLength: Math.max(end - start, 0) };
}

function sameShapeAt(array: StoredArray, { chunkIndex, chunkShape }: ChunkRequest): boolean {
  if (array.manifest.edge === 'padded') return true;
  return chunkIndex.every((index, axis) => (index + 1) * chunkShape[axis]! <= array.grid.shape[axis]!);
}

/** A chunk of any regular grid in any codecs: assembled, padded with the fill value, encoded. Undefined if all of it is fill value, and that was not asked for. */
export async function transcodeChunk(array: ReadableArray, request: ChunkRequest, encoders: Encoders, limits: ReaderLimits, call: Call | undefined): Promise<EncodedChunk | undefined> {
  const { chunkIndex, chunkShape, codecs, isFilled = false } = request;
  const { dataType, grid: { shape } } = array.layout;
  const ranges = chunkIndex.map((index, axis) => {
    const start = index * chunkShape[axis]!;
    return { start, step: 1, count: Math.min(chunkShape[axis]!, shape[axis]! - start), dropped: false };
  });
  if (ranges.some((range) => range.start < 0 || range.count <= 0)) return undefined;
  checkResponseSize(elementCount(chunkShape) * dataType.itemsize, limits);
  const isWhole = ranges.every((range, axis) => range.count === chunkShape[axis]);
  const pipeline = await encoders.get(codecs, chunkShape, dataType);
  if (isWhole) {
    const band = await readBand(array, ranges, limits.chunkConcurrency, call);
    return band.isThere || isFilled ? { bytes: await pipeline.encode(band.bytes, call) } : undefined;
  }
  const target = { bytes: allocate(chunkShape, dataType.itemsize), shape: chunkShape };
  fill(array, target);
  const isThere = await assemble(array, ranges, target, limits.chunkConcurrency, call);
  return isThere || isFilled ? { bytes: await pipeline.encode(target.bytes, call) } : undefined;
}

/** Pipelines for published codecs. */
export class Encoders {
  private readonly pipelines = new LRUCache<string, Promise<Pipeline>>({ max: 256 });

  constructor(private readonly pool: CodecPool | undefined) {}

  get(codecs: readonly CodecSpec[], shape: readonly number[], dataType: DataType): Promise<Pipeline> {
    const key = JSON.stringify([codecs, shape, dataType]);
    const known = this.pipelines.get(key);
    if (known) return known;
    const pipeline = openPipeline(codecs, { shape, dataType }, this.pool);
    this.pipelines.set(key, pipeline);
    pipeline.catch(() => this.pipelines.delete(key));
    return pipeline;
  }
}

/** @throws TesseraError invalid_argument if a chunk request has not one entry an axis. */
export function checkRank(array: ReadableArray, { chunkIndex, chunkShape, range }: ChunkRequest): void {
  const rank = array.layout.grid.shape.length;
  const isRange = range === undefined || Object.values(range).every((value) => value === undefined || (Number.isSafeInteger(value) && value >= 0));
  if (!isRange) throw new TesseraError('invalid_argument', 'The range of a chunk is of whole numbers.');
  const isSound = chunkIndex.length === rank && chunkShape.length === rank
    && chunkIndex.every((index) => Number.isSafeInteger(index) && index >= 0) && chunkShape.every((length) => Number.isSafeInteger(length) && length > 0);
  if (!isSound) throw new TesseraError('invalid_argument', `A chunk of this array is named by ${rank} whole numbers.`);
}

function sameShape(a: readonly number[] | undefined, b: readonly number[]): boolean {
  return a !== undefined && a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** Whether two lists of codecs mean the same. Those of one process are mostly the same object. */
export function sameCodecs(a: readonly CodecSpec[], b: readonly CodecSpec[]): boolean {
  return a === b || sameValue(a, b);
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const left = definedEntries(a);
  const right = new Map(definedEntries(b));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && sameValue(value, right.get(key)));
}

function definedEntries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== undefined);
}
