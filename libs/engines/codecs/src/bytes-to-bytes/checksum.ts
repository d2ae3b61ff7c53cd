import { crc32 } from 'node:zlib';
import { TesseraError, type Codec } from '@tessera/domain';
import { adler32, crc32c, fletcher32 } from './checksums.ts';
import { lookup3 } from './lookup3.ts';

type Place = 'start' | 'end';

/** Zarr v3 "crc32c" (RFC 3720): four bytes, little-endian, after the data. */
export const crc32cCodec = checksumCodec('crc32c', crc32c, 'end');

/** HDF5's filter 3 and numcodecs "fletcher32". */
export const fletcher32Codec = checksumCodec('fletcher32', fletcher32, 'end', isOldFletcher32);

/** numcodecs "crc32": before the data unless `location` says otherwise. */
export const crc32Codec = checksumCodec('crc32', (bytes) => crc32(bytes), 'start');

/** numcodecs "adler32". */
export const adler32Codec = checksumCodec('adler32', adler32, 'start');

/** numcodecs "jenkins_lookup3": after the data, from the seed `initval`. */
export const jenkinsLookup3Codec = checksumCodec('jenkins_lookup3', lookup3, 'end');

function checksumCodec(name: string, sumOf: (bytes: Uint8Array, seed: number) => number, usualPlace: Place, isOther?: (stored: number, sum: number) => boolean): Codec {
  return {
    name,
    kind: 'bytes-to-bytes',
    resolve(configuration, { maxByteLength }) {
      const place = parsePlace(configuration['location'], usualPlace, name);
      const { initval: seed = 0, prefix } = configuration;
      if (!Number.isInteger(seed) || (prefix !== undefined && prefix !== null)) throw new TesseraError('invalid_argument', `The ${name} codec takes an "initval" that is an integer, and no "prefix".`);
      return {
        decode(bytes) {
          const fail = (reason: string) => new TesseraError('gone', `A chunk of these data is damaged (${name}): ${reason}.`, { codec: name });
          if (bytes.byteLength < 4) throw fail('it is too short for a checksum');
          const dataEnd = bytes.byteLength - 4;
          const data = place === 'end' ? bytes.subarray(0, dataEnd) : bytes.subarray(4);
          const stored = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(place === 'end' ? dataEnd : 0, true);
          const sum = sumOf(data, seed as number);
          if (stored !== sum && !isOther?.(stored, sum)) throw fail('its checksum does not match');
          return data;
        },
        encode(bytes) {
          const result = new Uint8Array(bytes.byteLength + 4);
          result.set(bytes, place === 'end' ? 0 : 4);
          new DataView(result.buffer).setUint32(place === 'end' ? bytes.byteLength : 0, sumOf(bytes, seed as number), true);
          return result;
        },
        maxEncodedByteLength: maxByteLength + 4,
      };
    },
  };
}

function parsePlace(location: unknown, usual: Place, name: string): Place {
  if (location === undefined || location === null) return usual;
  if (location === 'start' || location === 'end') return location;
  throw new TesseraError('invalid_argument', `The "location" of the ${name} codec must be "start" or "end".`);
}

/** HDF5 before 1.6.3 on little-endian machines swapped the bytes of each half; HDF5 takes both, and so do we. */
function isOldFletcher32(stored: number, sum: number): boolean {
  return stored === ((((sum & 0x00ff00ff) << 8) | ((sum >>> 8) & 0x00ff00ff)) >>> 0);
}
