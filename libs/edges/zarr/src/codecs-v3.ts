import { isStruct, type CodecSpec, type DataType } from '@tessera/domain';

/** A codec as zarr.json names it. */
export interface CodecV3 {
  readonly name: string;
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** A pipeline in the terms of zarr.json. */
export interface CodecsV3 {
  readonly codecs: readonly CodecV3[];
  /** Texts or octets with a length each. */
  readonly isVariableLength: boolean;
}

type Configuration = Readonly<Record<string, unknown>>;

interface Stored {
  readonly dataType: DataType;
  readonly rank: number;
}

/**
 * The v3 form of a stored pipeline, or undefined if a part of it has no name that clients know.
 * Besides the codecs of the specification these are the few of numcodecs that both zarr-python 3
 * and zarrita read: zlib, shuffle, lz4, delta.
 */
export function codecsV3(codecs: readonly CodecSpec[], dataType: DataType, rank: number): CodecsV3 | undefined {
  const sharding = codecs[0]?.name === 'sharding_indexed' ? codecs[0] : undefined;
  // Clients take apart shards only where nothing else was done to them.
  if (sharding) return codecs.length === 1 ? shardCodec(sharding.configuration ?? {}, { dataType, rank }) : undefined;
  return plainCodecs(codecs, { dataType, rank });
}

function plainCodecs(codecs: readonly CodecSpec[], stored: Stored): CodecsV3 | undefined {
  const named: CodecV3[] = [];
  let isVariableLength = false;
  for (const { name, configuration = {} } of codecs) {
    const codec = codecsByName.get(name)?.(configuration, stored);
    if (!codec) return undefined;
    isVariableLength ||= name in variableLengthKinds;
    named.push(codec);
  }
  return { codecs: named, isVariableLength };
}

/** Each gives the codec in v3's terms, or undefined if it cannot be said in them. */
const codecsByName = new Map<string, (configuration: Configuration, stored: Stored) => CodecV3 | undefined>([
  ['transpose', ({ order }, { rank }) => transposeCodec(order, rank)],
  ['delta', ({ dtype, astype }) => (astype === undefined || astype === dtype ? { name: 'numcodecs.delta', configuration: { dtype } } : undefined)],
  ['bytes', ({ endian }, { dataType }) => bytesCodec(endian, dataType)],
  ['vlen-utf8', (_, { dataType }) => variableLengthCodec('vlen-utf8', dataType)],
  ['vlen-bytes', (_, { dataType }) => variableLengthCodec('vlen-bytes', dataType)],
  ['gzip', ({ level }) => ({ name: 'gzip', configuration: { level: level ?? 5 } })],
  ['zstd', ({ level, checksum }) => ({ name: 'zstd', configuration: { level: level ?? 0, checksum: checksum ?? false } })],
  ['blosc', bloscCodec],
  ['crc32c', ({ location }) => (location === undefined || location === null || location === 'end' ? { name: 'crc32c' } : undefined)],
  ['zlib', ({ level }) => ({ name: 'numcodecs.zlib', configuration: { level: level ?? 5 } })],
  ['lz4', () => ({ name: 'numcodecs.lz4', configuration: { acceleration: 1 } })],
  ['shuffle', ({ elementsize }) => ({ name: 'numcodecs.shuffle', configuration: { elementsize: elementsize ?? 4 } })],
]);

function transposeCodec(order: unknown, rank: number): CodecV3 | undefined {
  const axes = order === 'F' ? Array.from({ length: rank }, (_, axis) => rank - 1 - axis) : order === 'C' ? Array.from({ length: rank }, (_, axis) => axis) : order;
  const isPermutation = Array.isArray(axes) && axes.length === rank && new Set(axes).size === rank && axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank);
  return isPermutation ? { name: 'transpose', configuration: { order: axes } } : undefined;
}

/** Values of more than one byte must say their order: that stored, or the type's own. Of structs, clients read little-endian ones only. */
function bytesCodec(endian: unknown, dataType: DataType): CodecV3 | undefined {
  const order = endian ?? byteOrderOf(dataType);
  if (order === 'mixed' || (isStruct(dataType) && order === 'big')) return undefined;
  return isOrdered(dataType) ? { name: 'bytes', configuration: { endian: order } } : { name: 'bytes' };
}

function isOrdered(dataType: DataType): boolean {
  return isStruct(dataType) ? dataType.fields.some((field) => isOrdered(field.dataType)) : dataType.endianness !== 'not_applicable';
}

function byteOrderOf(dataType: DataType): 'little' | 'big' | 'mixed' {
  if (!isStruct(dataType)) return dataType.endianness === 'big' ? 'big' : 'little';
  const orders = new Set(dataType.fields.filter((field) => isOrdered(field.dataType)).map((field) => byteOrderOf(field.dataType)));
  return orders.size > 1 ? 'mixed' : [...orders][0] ?? 'little';
}

const variableLengthKinds: Readonly<Record<string, string>> = { 'vlen-utf8': 'U', 'vlen-bytes': 'S' };

function variableLengthCodec(name: string, dataType: DataType): CodecV3 | undefined {
  return dataType.kind === variableLengthKinds[name] ? { name, configuration: {} } : undefined;
}

const bloscNames = new Set(['blosclz', 'lz4', 'lz4hc', 'snappy', 'zlib', 'zstd']);

/** Readers take all they need from the chunk itself; v3 wants it said nevertheless. */
function bloscCodec({ cname, clevel, shuffle, typesize, blocksize }: Configuration, { dataType }: Stored): CodecV3 | undefined {
  const itemByteLength = typeof typesize === 'number' && typesize > 0 ? typesize : Math.max(dataType.itemsize, 1);
  // numcodecs numbers the shuffles; its -1 chooses by the size of the items.
  const name = typeof shuffle === 'string' ? shuffle : shuffle === -1 ? (itemByteLength === 1 ? 'bitshuffle' : 'shuffle') : ['noshuffle', 'shuffle', 'bitshuffle'][Number(shuffle ?? 1)];
  if (!bloscNames.has(String(cname)) || !['noshuffle', 'shuffle', 'bitshuffle'].includes(String(name))) return undefined;
  return { name: 'blosc', configuration: { cname, clevel: clevel ?? 5, shuffle: name, typesize: itemByteLength, blocksize: blocksize ?? 0 } };
}

const indexType: DataType = { kind: 'u', itemsize: 8, endianness: 'little' };

/**
 * Zarr v3, "Sharding codec": with pipelines of its own for the chunks inside and for their index.
 * zarrita takes every index to be at the end, and would read wrong values of others.
 */
function shardCodec({ chunk_shape: innerShape, codecs, index_codecs: indexCodecs, index_location: location = 'end' }: Configuration, stored: Stored): CodecsV3 | undefined {
  const isSound = Array.isArray(innerShape) && innerShape.length === stored.rank && Array.isArray(codecs) && Array.isArray(indexCodecs);
  if (!isSound || location !== 'end') return undefined;
  const inner = plainCodecs(codecs as CodecSpec[], stored);
  const index = plainCodecs(indexCodecs as CodecSpec[], { dataType: indexType, rank: stored.rank + 1 });
  if (!inner || !index) return undefined;
  const configuration = { chunk_shape: innerShape, codecs: inner.codecs, index_codecs: index.codecs, index_location: location };
  return { codecs: [{ name: 'sharding_indexed', configuration }], isVariableLength: inner.isVariableLength };
}
