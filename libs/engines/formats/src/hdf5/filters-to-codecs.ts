import type { CodecSpec } from '@tessera/domain';
import { damaged, unsupported } from './damage.ts';
import { filterId, type Filter } from './messages/filter-pipeline.ts';

const bloscCompressors = ['blosclz', 'lz4', 'lz4hc', 'snappy', 'zlib', 'zstd'];
const bloscShuffles = ['noshuffle', 'shuffle', 'bitshuffle'];
const bitshuffleCompressions: Readonly<Record<number, string>> = { 0: 'none', 2: 'lz4', 3: 'zstd' };

/** Filters that are met in files, but not undone here: named so that the problem can be read. */
const knownByName: Readonly<Record<number, string>> = {
  305: 'LZO', 32013: 'ZFP', 32017: 'SZ', 32018: 'FCIDECOMP', 32019: 'JPEG', 32024: 'SZ3', 32028: 'SPERR', 32033: 'HTJ2K',
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
    case filterId.szip:
      return szipCodec(parameters);
    case filterId.nbit:
      return { name: 'hdf5_nbit', configuration: { parameters } };
    case filterId.scaleOffset:
      return scaleOffsetCodec(parameters);
    case filterId.bzip2:
      return { name: 'bz2', configuration: { level: Math.min(parameters[0] || 9, 9) } };
    case filterId.blosc2:
      return { name: 'blosc2' };
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

/** H5Z_FILTER_SZIP: options, pixels a block, bits a pixel, pixels a scanline. */
function szipCodec(parameters: readonly number[]): CodecSpec {
  if (parameters.length < 4) throw damaged('its szip filter has too few parameters');
  const [options, pixels_per_block, bits_per_pixel, pixels_per_scanline] = parameters;
  return { name: 'szip', configuration: { options, pixels_per_block, bits_per_pixel, pixels_per_scanline } };
}

/** H5Z_FILTER_SCALEOFFSET: scale type (floats: 0 = decimal, 1 = exponential, which HDF5 itself cannot read), and what the codec knows. */
function scaleOffsetCodec(parameters: readonly number[]): CodecSpec {
  if (parameters[0] === 1) throw unsupported('The data are behind the HDF5 filter scale-offset with scaling by exponents, which this server cannot undo');
  return { name: 'hdf5_scaleoffset', configuration: { parameters } };
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
