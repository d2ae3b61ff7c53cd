import { elementCount, type CodecSpec } from '@tessera/domain';

/** Codecs that lengthen what they get by as many bytes. */
const addedByteLength = new Map([['transpose', 0], ['bytes', 0], ['delta', 0], ['shuffle', 0], ['fletcher32', 4], ['crc32c', 4], ['crc32', 4], ['adler32', 4]]);

/**
 * Whether every shuffle among `codecs` gets a whole number of its elements. HDF5 leaves the bytes that are over as they
 * are, e.g. those of a checksum before; numcodecs refuses to decode what is so shuffled.
 */
export function shufflesWholeElements(codecs: readonly CodecSpec[], chunkShape: readonly number[], itemsize: number): boolean {
  let byteLength = elementCount(chunkShape) * itemsize;
  for (const { name, configuration = {} } of codecs) {
    const { elementsize = 4, chunk_shape: innerShape, codecs: innerCodecs } = configuration;
    if (name === 'sharding_indexed' && !(Array.isArray(innerShape) && Array.isArray(innerCodecs) && shufflesWholeElements(innerCodecs as CodecSpec[], innerShape as number[], itemsize))) return false;
    if (name === 'shuffle' && elementsize !== 1 && byteLength % Number(elementsize) !== 0) return false;
    // Of what compresses nobody knows how long it is: NaN is a multiple of nothing.
    byteLength += addedByteLength.get(name) ?? Number.NaN;
  }
  return true;
}
