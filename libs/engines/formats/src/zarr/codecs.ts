import { TesseraError, type CodecSpec } from '@tessera/domain';

/** numcodecs' filters that work on elements; all others work on bytes. */
const elementFilters = new Set(['delta', 'fixedscaleoffset', 'quantize', 'astype', 'bitround', 'packbits', 'categorize']);

/** numcodecs' filters that turn objects into bytes, and numpy's kind that their items are served as. */
export const objectCodecs: Readonly<Record<string, 'U' | 'S'>> = { 'vlen-utf8': 'U', 'vlen-bytes': 'S' };

const bloscShuffles = ['noshuffle', 'shuffle', 'bitshuffle'];
const numcodecsPrefix = 'numcodecs.';

/** Codecs of other formats, which read what their configuration names: no file of Zarr may ask for that. */
const internalCodecs = new Set(['hdf5_vlen']);

/** Order, filters and compressor of `.zarray` as a v3 pipeline. @throws TesseraError gone if they are malformed. */
export function pipelineOfV2(order: unknown, rank: number, filters: unknown, compressor: unknown, endian: 'little' | 'big' | undefined): CodecSpec[] {
  if (order !== 'C' && order !== 'F' && order !== undefined) throw new TesseraError('gone', `The order ${JSON.stringify(order)} is neither "C" nor "F".`);
  const found = (filters ?? []) as unknown;
  if (!Array.isArray(found)) throw new TesseraError('gone', 'The filters are not a list.');
  const specs = found.map(specOfV2);
  const arrayToArray = specs.filter((spec) => elementFilters.has(spec.name));
  const arrayToBytes = specs.filter((spec) => objectCodecs[spec.name] !== undefined);
  const bytesToBytes = specs.filter((spec) => !elementFilters.has(spec.name) && objectCodecs[spec.name] === undefined);
  if ([...arrayToArray, ...arrayToBytes, ...bytesToBytes].some((spec, index) => spec !== specs[index]) || arrayToBytes.length > 1) {
    throw new TesseraError('gone', 'The filters are in an order that cannot be decoded.');
  }
  if (compressor !== null && compressor !== undefined) bytesToBytes.push(specOfV2(compressor));
  // A filter names the type it writes, byte order included; without filters it is the data type's.
  const bytes: CodecSpec = endian === undefined || arrayToArray.length > 0 ? { name: 'bytes' } : { name: 'bytes', configuration: { endian } };
  const transpose: CodecSpec[] = order === 'F' && rank > 1 ? [{ name: 'transpose', configuration: { order: Array.from({ length: rank }, (_, axis) => rank - 1 - axis) } }] : [];
  return [...transpose, ...arrayToArray, ...(arrayToBytes.length > 0 ? arrayToBytes : [bytes]), ...bytesToBytes];
}

function specOfV2(found: unknown): CodecSpec {
  const { id, ...configuration } = (typeof found === 'object' && found !== null ? found : {}) as Record<string, unknown>;
  if (typeof id !== 'string') throw new TesseraError('gone', `The codec ${JSON.stringify(found)} has no id.`);
  return specOf(id, configuration);
}

/** The `codecs` of zarr.json, numcodecs' names without their prefix. @throws TesseraError gone if they are malformed. */
export function pipelineOfV3(found: unknown): CodecSpec[] {
  if (!Array.isArray(found)) throw new TesseraError('gone', 'The codecs are not a list.');
  return found.map((item: unknown) => {
    if (typeof item === 'string') return specOfV3(item, {});
    const { name, configuration } = (item ?? {}) as { name?: unknown; configuration?: unknown };
    if (typeof name !== 'string') throw new TesseraError('gone', `The codec ${JSON.stringify(item)} has no name.`);
    return specOfV3(name, (typeof configuration === 'object' && configuration !== null ? configuration : {}) as Record<string, unknown>);
  });
}

/** The codec "packbits" of v3 is another one than that of numcodecs. */
function specOfV3(name: string, configuration: Readonly<Record<string, unknown>>): CodecSpec {
  if (name === 'packbits') throw new TesseraError('gone', 'These data are encoded with the codec "packbits" of Zarr v3, which this server cannot decode.');
  return specOf(name, configuration);
}

function specOf(name: string, configuration: Readonly<Record<string, unknown>>): CodecSpec {
  // Stored manifests name their binary parts by this key.
  if (JSON.stringify(configuration).includes('"$bin"')) throw new TesseraError('gone', `The configuration of the codec "${name}" is malformed.`);
  const plainName = name.startsWith(numcodecsPrefix) ? name.slice(numcodecsPrefix.length) : name;
  if (internalCodecs.has(plainName)) throw new TesseraError('gone', `The codec "${name}" is none of Zarr.`);
  const plain = plainName === 'blosc' ? bloscConfiguration(configuration) : plainName === 'sharding_indexed' ? shardConfiguration(configuration) : configuration;
  return Object.keys(plain).length === 0 ? { name: plainName } : { name: plainName, configuration: plain };
}

/** numcodecs numbers the shuffles that v3 names. */
function bloscConfiguration(configuration: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { shuffle } = configuration;
  return typeof shuffle === 'number' && bloscShuffles[shuffle] !== undefined ? { ...configuration, shuffle: bloscShuffles[shuffle] } : configuration;
}

function shardConfiguration(configuration: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const nested = Object.fromEntries(['codecs', 'index_codecs'].filter((key) => key in configuration).map((key) => [key, pipelineOfV3(configuration[key])]));
  return { ...configuration, ...nested };
}
