import { TesseraError, fieldByteLength, isStruct, type Codec, type DataType } from '@tessera/domain';
import { swapElements } from '../byte-order.ts';

/**
 * Zarr v3 "bytes": elements in C order, their byte order in `endian`. Without
 * `endian` they are in the data type's own order. Structs are swapped field by field.
 */
export const bytesCodec: Codec = {
  name: 'bytes',
  kind: 'array-to-bytes',
  resolve(configuration, { dataType, maxByteLength }) {
    const endian = configuration['endian'];
    if (endian !== undefined && endian !== null && endian !== 'little' && endian !== 'big') {
      throw new TesseraError('invalid_argument', `The "endian" of the bytes codec must be "little" or "big", not ${JSON.stringify(endian)}.`);
    }
    const runs = endian ? swappedRuns(dataType, endian as 'little' | 'big') : [];
    const swap = (bytes: Uint8Array): Uint8Array => (runs.length === 0 ? bytes : swapElements(bytes, dataType.itemsize, runs));
    return { decode: swap, encode: swap, maxEncodedByteLength: maxByteLength };
  },
};

/** A part of an element whose bytes are to be reversed word by word. */
export interface SwapRun {
  readonly byteOffset: number;
  readonly wordByteLength: number;
  readonly wordCount: number;
}

function swappedRuns(dataType: DataType, endian: 'little' | 'big', byteOffset = 0): SwapRun[] {
  if (!isStruct(dataType)) {
    if (dataType.endianness === 'not_applicable' || dataType.endianness === endian) return [];
    const wordByteLength = dataType.kind === 'U' ? 4 : dataType.kind === 'c' ? dataType.itemsize / 2 : dataType.itemsize;
    return [{ byteOffset, wordByteLength, wordCount: dataType.itemsize / wordByteLength }];
  }
  const runs: SwapRun[] = [];
  for (const field of dataType.fields) {
    const size = field.dataType.itemsize;
    const count = fieldByteLength(field) / Math.max(size, 1);
    for (let index = 0; index < count; index++) runs.push(...swappedRuns(field.dataType, endian, byteOffset + index * size));
    byteOffset += fieldByteLength(field);
  }
  return runs;
}
