import {
  TesseraError, elementCount, gridShape, locate, parseScalarType, regularChunkShape,
  type ArrayManifest, type ByteStore, type Call, type ChunkRef, type CodecLoaders, type CodecSpec,
} from '@tessera/domain';
import { takeShardApart } from './array-to-bytes/sharding.ts';
import { variableLengthItems } from './array-to-bytes/variable-length.ts';
import { createBytesDecoder } from './pipeline.ts';

const variableLengthCodecs = ['vlen-utf8', 'vlen-bytes'];
const shardingName = 'sharding_indexed';
const byteType = parseScalarType('|u1');

/** Whether the width of the data type is not known yet because the array holds strings of variable length. */
export function needsMeasuring(manifest: ArrayManifest): boolean {
  return manifest.dataType.itemsize === 0 && holdsStrings(manifest.codecs);
}

function holdsStrings(codecs: readonly CodecSpec[]): boolean {
  return codecs.some(({ name, configuration }) => {
    const inner = name === shardingName ? configuration?.['codecs'] : undefined;
    return variableLengthCodecs.includes(name) || (Array.isArray(inner) && holdsStrings(inner as CodecSpec[]));
  });
}

/**
 * The same manifest with a data type just wide enough for every string of the array, found by
 * reading all chunks. @throws TesseraError gone if they are damaged or take more than `byteLimit` bytes.
 */
export async function measureStrings(manifest: ArrayManifest, store: ByteStore, byteLimit: number, call?: Call, codecs?: CodecLoaders): Promise<ArrayManifest> {
  const unitByteLength = manifest.dataType.kind === 'U' ? 4 : 1;
  const measure = new Measure(byteLimit, unitByteLength === 4 ? characterCount : (item) => item.byteLength, call, codecs);
  const shape = regularChunkShape(manifest.grid) ?? [];
  for (const chunkIndex of chunkIndices(manifest)) {
    if (call?.signal?.aborted) throw new TesseraError('cancelled', 'The caller went away.');
    const ref = locate(manifest, chunkIndex);
    const bytes = ref && (await measure.read(ref, store));
    const mask = ref?.kind === 'range' ? (ref.codecMask ?? 0) : 0;
    if (bytes) await measure.look(manifest.codecs.filter((_, index) => index > 31 || (mask & (1 << index)) === 0), shape, bytes);
  }
  return withWidth(manifest, Math.max(measure.width * unitByteLength, manifest.fillValue?.byteLength ?? 0));
}

/** The longest string found so far, and how many bytes may still be looked at. */
class Measure {
  width = 1;
  #left: number;
  readonly #byteLimit: number;
  readonly #lengthOf: (item: Uint8Array) => number;
  readonly #call: Call | undefined;
  readonly #codecs: CodecLoaders | undefined;

  constructor(byteLimit: number, lengthOf: (item: Uint8Array) => number, call: Call | undefined, codecs: CodecLoaders | undefined) {
    this.#left = byteLimit;
    this.#byteLimit = byteLimit;
    this.#lengthOf = lengthOf;
    this.#call = call;
    this.#codecs = codecs;
  }

  async read(ref: ChunkRef, store: ByteStore): Promise<Uint8Array | undefined> {
    if (ref.kind === 'inline') return ref.bytes;
    const range = ref.kind === 'range' ? { byteOffset: ref.byteOffset, byteLength: ref.byteLength } : { byteOffset: 0, byteLength: this.#left + 1 };
    if (ref.kind === 'range' && ref.byteLength > this.#left) throw this.#tooMany();
    const bytes = await store.read(ref.uri, range, this.#call);
    if (bytes && bytes.byteLength > this.#left) throw this.#tooMany();
    return bytes;
  }

  /** Looks at the strings of an encoded chunk, which may be a shard of chunks. */
  async look(specs: readonly CodecSpec[], shape: readonly number[], bytes: Uint8Array): Promise<void> {
    const at = specs.findIndex(({ name }) => variableLengthCodecs.includes(name) || name === shardingName);
    if (at < 0) throw new TesseraError('gone', 'The strings of this array are encoded in a way that is not known.');
    const decode = await createBytesDecoder(specs.slice(at + 1), this.#byteLimit, this.#codecs);
    const decoded = await decode(bytes, this.#call);
    this.#left -= decoded.byteLength;
    if (this.#left < 0) throw this.#tooMany();
    const { name, configuration = {} } = specs[at]!;
    if (name === shardingName) {
      const shard = await takeShardApart(configuration, { shape, dataType: byteType, maxByteLength: this.#byteLimit }, decoded, this.#call);
      for (const part of shard.parts) await this.look(shard.codecs, shard.innerShape, part);
    } else {
      for (const item of variableLengthItems(decoded, elementCount(shape), name)) this.width = Math.max(this.width, this.#lengthOf(item));
    }
  }

  #tooMany(): TesseraError {
    return new TesseraError('gone', `The strings of this array take more than ${this.#byteLimit} bytes: too many to find the longest. Store them with a fixed width.`);
  }
}

/** Most chunks that are looked at: each costs a request, whatever its size. */
const chunkLimit = 100_000;

function* chunkIndices({ grid }: ArrayManifest): Generator<number[]> {
  const counts = gridShape(grid);
  const total = elementCount(counts);
  if (total > chunkLimit) throw new TesseraError('gone', `The strings of this array lie in ${total} chunks: too many to find the longest. Store them with a fixed width.`);
  const cursor = counts.map(() => 0);
  for (let ordinal = 0; ordinal < total; ordinal++) {
    yield [...cursor];
    for (let axis = counts.length - 1; axis >= 0 && ++cursor[axis]! === counts[axis]!; axis--) cursor[axis] = 0;
  }
}

/** Characters of UTF-8: bytes that do not continue one. */
function characterCount(item: Uint8Array): number {
  let count = 0;
  for (const byte of item) if ((byte & 0xc0) !== 0x80) count++;
  return count;
}

function withWidth(manifest: ArrayManifest, itemsize: number): ArrayManifest {
  const dataType = { ...manifest.dataType, itemsize } as ArrayManifest['dataType'];
  if (!manifest.fillValue) return { ...manifest, dataType };
  const fillValue = new Uint8Array(itemsize);
  fillValue.set(manifest.fillValue);
  return { ...manifest, dataType, fillValue };
}
