import { TesseraError, type Codec } from '@tessera/domain';
import { decodeAlone } from '../lzma/decode-alone.ts';
import { decodeLzma2 } from '../lzma/decode-lzma2.ts';
import { decodeXz } from '../lzma/decode-xz.ts';
import { deltaId, lzma2Id, refuseFilter, undoDeltas, type DeltaFilter } from '../lzma/filters.ts';
import { GrowingOutput } from '../lzma/growing-output.ts';
import { maxCompressedByteLength } from './deflate.ts';

/** As in Python's `lzma` module. */
const formats = { xz: 1, alone: 2, raw: 3 };

/**
 * numcodecs "lzma" and TIFF's compression 34925, for reading only. `format` is 1 (xz, the default), 2 (the older `.lzma`) or 3 (LZMA2
 * with the `filters` that are named, and nothing else).
 */
export const lzmaCodec: Codec = {
  name: 'lzma',
  kind: 'bytes-to-bytes',
  resolve({ format = formats.xz, filters }, { maxByteLength }) {
    const decode = format === formats.xz ? decodeXz : format === formats.alone ? decodeAlone : format === formats.raw ? rawDecoder(filters) : undefined;
    if (!decode) throw new TesseraError('invalid_argument', 'The codec "lzma" needs a "format" of 1, 2 or 3.');
    return {
      decode(bytes) {
        try {
          return decode(bytes, maxByteLength);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          throw new TesseraError('gone', `A chunk of these data could not be decoded (lzma): ${error.message}.`, { codec: 'lzma' }, { cause: error });
        }
      },
      maxEncodedByteLength: maxCompressedByteLength(maxByteLength),
    };
  },
};

/** @throws TesseraError unsupported for filters other than deltas before LZMA2. */
function rawDecoder(filters: unknown): (bytes: Uint8Array, maxByteLength: number) => Uint8Array {
  const chain = Array.isArray(filters) ? filters as { id?: unknown; dist?: unknown }[] : [];
  const last = chain.at(-1);
  if (last?.id !== lzma2Id) refuseFilter(last?.id);
  const deltas = chain.slice(0, -1).map(({ id, dist = 1 }): DeltaFilter => (id === deltaId && Number.isInteger(dist) && (dist as number) >= 1 && (dist as number) <= 256 ? { distance: dist as number } : refuseFilter(id)));
  return (bytes, maxByteLength) => {
    const output = new GrowingOutput(maxByteLength, bytes.byteLength * 4);
    decodeLzma2(bytes, 0, output);
    const decoded = output.finished();
    undoDeltas(deltas, decoded);
    return decoded;
  };
}
