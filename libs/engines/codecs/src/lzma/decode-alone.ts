import { GrowingOutput } from './growing-output.ts';
import { LzmaDecoder, parseProperties } from './lzma-decoder.ts';
import { RangeDecoder } from './range-decoder.ts';

const headerByteLength = 13;

/** The old `.lzma` file: properties, size of the dictionary, length or −1, LZMA ("LZMA specification", "lzma file format"). @throws RangeError */
export function decodeAlone(bytes: Uint8Array, maxByteLength: number): Uint8Array {
  if (bytes.byteLength < headerByteLength) throw new RangeError('they end too early');
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(5, true);
  const isEndMarked = length === 2n ** 64n - 1n;
  if (!isEndMarked && length > BigInt(maxByteLength)) throw new RangeError(`more than ${maxByteLength} bytes come out`);
  const output = new GrowingOutput(maxByteLength, isEndMarked ? bytes.byteLength * 4 : Number(length));
  const range = new RangeDecoder(bytes, headerByteLength, bytes.byteLength);
  const decoder = new LzmaDecoder(parseProperties(bytes[0]!));
  const isEnded = decoder.decode(range, output, 0, isEndMarked ? Number.POSITIVE_INFINITY : Number(length));
  if (isEnded !== isEndMarked) throw new RangeError('they have another length than they say');
  return output.finished();
}
