import type { CodecSpec } from '@tessera/domain';
import { unsupported } from './damage.ts';
import { filterId, type Filter } from './messages/filter-pipeline.ts';

const bloscCompressors = ['blosclz', 'lz4', 'lz4hc', 'snappy', 'zlib', 'zstd'];
const bloscShuffles = ['noshuffle', 'shuffle', 'bitshuffle'];
const bitshuffleCompressions: Readonly<Record<number, string>> = { 0: 'none', 2: 'lz4', 3: 'zstd' };

/** Filters that are met in files, but not undone here: named so that the problem can be read. */
const knownByName: Readonly<Record<number, string>> = {
  4: 'szip', 5: 'n-bit', 6: 'scale-offset', 305: 'LZO', 307: 'bzip2', 32013: 'ZFP', 32017: 'SZ', 32019: 'JPEG', 32026: 'Blosc2',
};

/**
 * The codec of each filter, in the same order (that of encoding), so that bit i
 * of a filter mask is filter i. `elementByteLength` is that of the stored element.
 * @throws TesseraError gone naming a filter that cannot be undone.
 */
export function filtersToCodecs(filters: readonly Filter[], elementByteLength: number): CodecSpec[] {
  return filters.map((filter) => filterToCodec(filter, elementByteLength));
}

function filterToCodec({ id, parameters }: Filter, elementByteLength: number): CodecSpec {
  switch (id) {
    case filterId.deflate:
      return { name: 'zlib', configuration: { level: Math.min(parameters[0] ?? 1, 9) } };
    case filterId.shuffle:
      return { name: 'shuffle', configuration: { elementsize: parameters[0] || elementByteLength } };
    case filterId.fletcher32:
      return { name: 'fletcher32' };
    case filterId.lzf:
      return { name: 'lzf' };
    case filterId.lz4:
      return { name: 'hdf5_lz4' };
    case filterId.zstd:
      // A negative level is stored as unsigned.
      return { name: 'zstd', configuration: { level: Math.min(Math.max((parameters[0] ?? 3) | 0, -7), 22) } };
    case filterId.blosc:
      return bloscCodec(parameters, elementByteLength);
    case filterId.bitshuffle:
      return bitshuffleCodec(parameters, elementByteLength);
  }
  const name = knownByName[id];
  throw unsupported(`The data are behind the HDF5 filter ${id}${name ? ` (${name})` : ''}, which this server cannot undo`);
}

/** hdf5-blosc: revision, version, type size, chunk size, level, shuffle, compressor. */
function bloscCodec(parameters: readonly number[], elementByteLength: number): CodecSpec {
  const [, , typesize, , clevel = 5, shuffle = 1, compressor = 0] = parameters;
  return {
    name: 'blosc',
    configuration: {
      cname: bloscCompressors[compressor] ?? 'blosclz', clevel: Math.min(clevel, 9), shuffle: bloscShuffles[shuffle] ?? 'shuffle',
      typesize: typesize || elementByteLength, blocksize: 0,
    },
  };
}

/** hdf5-bitshuffle: version (two numbers), element size, block size, compression, level. */
function bitshuffleCodec(parameters: readonly number[], elementByteLength: number): CodecSpec {
  const [, , elementsize, blocksize = 0, compression = 0] = parameters;
  const compressor = bitshuffleCompressions[compression];
  if (!compressor) throw unsupported(`The data are behind bitshuffle with the unknown compression ${compression}`);
  return { name: 'hdf5_bitshuffle', configuration: { elementsize: elementsize || elementByteLength, blocksize, compressor } };
}
