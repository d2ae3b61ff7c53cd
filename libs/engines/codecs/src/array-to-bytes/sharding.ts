import {
  TesseraError, elementCount,
  type Call, type Codec, type CodecContext, type CodecSpec, type DataType, type ResolvedCodec,
} from '@tessera/domain';
import { maxCompressedByteLength } from '../bytes-to-bytes/deflate.ts';
import { createPipeline, type Pipeline } from '../pipeline.ts';
import { copyBlock } from './copy-block.ts';

/** Offset and length of an inner chunk that was never written (Zarr v3, sharding codec: both 2⁶⁴−1). */
const missing = 2n ** 64n - 1n;

/** An index entry: offset and length, u64 each. */
const entryType: DataType = { kind: 'u', itemsize: 8, endianness: 'little' };

/** Zarr v3 "sharding_indexed" 1.0: a chunk made of inner chunks and an index of where they lie. */
export const shardingCodec: Codec = {
  name: 'sharding_indexed',
  kind: 'array-to-bytes',
  resolve(configuration, context) {
    const shard = parseShard(configuration, context);
    const pipelines = lazily(async () => ({
      inner: await createPipeline(shard.codecs, { ...context, shape: shard.innerShape }),
      index: await createPipeline(shard.indexCodecs, { shape: [...shard.counts, 2], dataType: entryType }),
    }));
    return {
      decode: async (bytes, call) => decodeShard(shard, await pipelines(), bytes, call),
      encode: async (bytes, call) => encodeShard(shard, await pipelines(), bytes, call),
      maxEncodedByteLength: maxShardByteLength(shard),
    } satisfies ResolvedCodec;
  },
};

interface Shard {
  readonly shape: readonly number[];
  readonly innerShape: readonly number[];
  /** Inner chunks along each axis. */
  readonly counts: readonly number[];
  readonly itemsize: number;
  readonly fillValue: Uint8Array | undefined;
  readonly codecs: readonly CodecSpec[];
  readonly indexCodecs: readonly CodecSpec[];
  readonly indexAtStart: boolean;
}

interface Pipelines {
  readonly inner: Pipeline;
  readonly index: Pipeline;
}

function parseShard(configuration: Readonly<Record<string, unknown>>, { shape, dataType, fillValue }: CodecContext): Shard {
  const innerShape = configuration['chunk_shape'];
  const fits = Array.isArray(innerShape) && innerShape.length === shape.length
    && innerShape.every((length, axis) => Number.isSafeInteger(length) && length > 0 && shape[axis]! % length === 0);
  if (!fits) {
    throw new TesseraError('invalid_argument', `The inner chunks ${JSON.stringify(innerShape)} do not divide a shard of shape ${JSON.stringify(shape)}.`);
  }
  const location = configuration['index_location'] ?? 'end';
  if (location !== 'start' && location !== 'end') throw new TesseraError('invalid_argument', 'The "index_location" of a shard must be "start" or "end".');
  return {
    shape, fillValue,
    innerShape: innerShape as number[],
    counts: shape.map((length, axis) => length / (innerShape as number[])[axis]!),
    itemsize: dataType.itemsize,
    codecs: parseSpecs(configuration['codecs'], [{ name: 'bytes' }]),
    indexCodecs: parseSpecs(configuration['index_codecs'], [{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'crc32c' }]),
    indexAtStart: location === 'start',
  };
}

function parseSpecs(value: unknown, fallback: readonly CodecSpec[]): readonly CodecSpec[] {
  if (value === undefined) return fallback;
  if (Array.isArray(value) && value.every((spec) => typeof (spec as CodecSpec | null)?.name === 'string')) return value as CodecSpec[];
  throw new TesseraError('invalid_argument', 'The codecs of a shard must be a list of objects with a name.');
}

function maxShardByteLength(shard: Shard): number {
  // Strings of variable length have a length of four bytes each.
  const innerByteLength = elementCount(shard.innerShape) * (shard.itemsize + 4) + 4;
  const bound = (codecs: readonly CodecSpec[], byteLength: number) => codecs.reduce((length) => maxCompressedByteLength(length), byteLength);
  const count = elementCount(shard.counts);
  return count * bound(shard.codecs, innerByteLength) + bound(shard.indexCodecs, count * 16);
}

async function decodeShard(shard: Shard, { inner, index }: Pipelines, bytes: Uint8Array, call?: Call): Promise<Uint8Array> {
  const result = filled(elementCount(shard.shape) * shard.itemsize, shard.fillValue);
  const parts = await encodedParts(shard, index, bytes, call);
  for (const origin of innerOrigins(shard)) {
    const part = parts.next().value;
    if (!part) continue;
    const decoded = await inner.decode(part, call ? { call } : {});
    copyBlock(decoded, shard.innerShape, result, shard.shape, origin, shard.itemsize, 'into');
  }
  return result;
}

/** The bytes of each inner chunk as encoded, in C order; undefined where none was written. */
async function encodedParts(shard: Shard, index: Pipeline, bytes: Uint8Array, call?: Call): Promise<Iterator<Uint8Array | undefined, undefined>> {
  // The index codecs must not compress (their size is fixed): encoding an index of zeros tells how long one is.
  const indexByteLength = (await index.encode(new Uint8Array(index.byteLength), call)).byteLength;
  if (bytes.byteLength < indexByteLength) throw damaged('it is shorter than its index');
  const indexStart = shard.indexAtStart ? 0 : bytes.byteLength - indexByteLength;
  const entries = await index.decode(bytes.subarray(indexStart, indexStart + indexByteLength), call ? { call } : {});
  return partsAt(entries, bytes);
}

function* partsAt(entries: Uint8Array, bytes: Uint8Array): Generator<Uint8Array | undefined, undefined> {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  for (let at = 0; at < entries.byteLength; at += 16) {
    const offset = view.getBigUint64(at, true);
    const length = view.getBigUint64(at + 8, true);
    if (offset + length > BigInt(bytes.byteLength) && !(offset === missing && length === missing)) throw damaged('an inner chunk lies beyond its end');
    yield offset === missing && length === missing ? undefined : bytes.subarray(Number(offset), Number(offset + length));
  }
  return undefined;
}

/** A shard taken apart and not decoded, for a look into inner chunks whose decoded length is not known. */
export interface ShardParts {
  readonly innerShape: readonly number[];
  readonly codecs: readonly CodecSpec[];
  /** Those that were written. */
  readonly parts: readonly Uint8Array[];
}

/** @throws TesseraError gone if the shard is damaged, invalid_argument for a wrong configuration. */
export async function takeShardApart(configuration: Readonly<Record<string, unknown>>, context: CodecContext, bytes: Uint8Array, call?: Call): Promise<ShardParts> {
  const shard = parseShard(configuration, context);
  const index = await createPipeline(shard.indexCodecs, { shape: [...shard.counts, 2], dataType: entryType });
  const parts: Uint8Array[] = [];
  for (const found = await encodedParts(shard, index, bytes, call); ;) {
    const { value, done } = found.next();
    if (done) return { innerShape: shard.innerShape, codecs: shard.codecs, parts };
    if (value) parts.push(value);
  }
}

async function encodeShard(shard: Shard, { inner, index }: Pipelines, bytes: Uint8Array, call?: Call): Promise<Uint8Array> {
  const indexByteLength = (await index.encode(new Uint8Array(index.byteLength), call)).byteLength;
  const entries = new Uint8Array(index.byteLength);
  const view = new DataView(entries.buffer);
  const parts: Uint8Array[] = [];
  let at = shard.indexAtStart ? indexByteLength : 0;
  let ordinal = 0;
  for (const origin of innerOrigins(shard)) {
    const block = new Uint8Array(inner.byteLength);
    copyBlock(block, shard.innerShape, bytes, shard.shape, origin, shard.itemsize, 'from');
    const part = await inner.encode(block, call);
    view.setBigUint64(ordinal * 16, BigInt(at), true);
    view.setBigUint64(ordinal * 16 + 8, BigInt(part.byteLength), true);
    parts.push(part);
    at += part.byteLength;
    ordinal++;
  }
  const encodedIndex = await index.encode(entries, call);
  return Buffer.concat(shard.indexAtStart ? [encodedIndex, ...parts] : [...parts, encodedIndex]);
}

/** First element of each inner chunk, in C order. */
function* innerOrigins({ counts, innerShape }: Shard): Generator<number[]> {
  const total = elementCount(counts);
  const cursor = counts.map(() => 0);
  for (let ordinal = 0; ordinal < total; ordinal++) {
    yield cursor.map((chunk, axis) => chunk * innerShape[axis]!);
    for (let axis = counts.length - 1; axis >= 0 && ++cursor[axis]! === counts[axis]!; axis--) cursor[axis] = 0;
  }
}

function filled(byteLength: number, fillValue: Uint8Array | undefined): Uint8Array {
  const bytes = Buffer.alloc(byteLength);
  if (fillValue && fillValue.some((byte) => byte !== 0)) bytes.fill(fillValue);
  return bytes;
}

function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let value: Promise<Value> | undefined;
  return () => (value ??= make());
}

function damaged(reason: string): TesseraError {
  return new TesseraError('gone', `A chunk of these data could not be decoded (sharding_indexed): ${reason}.`, { codec: 'sharding_indexed' });
}
