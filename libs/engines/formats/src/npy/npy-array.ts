import { TesseraError, elementCount, isStruct, type CodecSpec } from '@tessera/domain';
import type { NpyHeader } from './npy-header.ts';

/** @param byteLength of the file, header included. @throws TesseraError gone if it ends before its elements do. */
export function checkDataLength({ storedItemsize, shape, dataByteOffset }: NpyHeader, byteLength: number): void {
  const needed = dataByteOffset + elementCount(shape) * storedItemsize;
  if (byteLength < needed) throw new TesseraError('gone', `The npy file is cut off: it has ${byteLength} bytes, its header promises ${needed}.`);
}

/** How elements lie in a npy file. */
export function codecsOf({ dataType, storedItemsize, runs, shape, isFortranOrder }: NpyHeader): CodecSpec[] {
  const ordered = !isStruct(dataType) && dataType.endianness !== 'not_applicable';
  return [
    ...(isFortranOrder ? [{ name: 'transpose', configuration: { order: shape.map((_, axis) => shape.length - 1 - axis) } }] : []),
    ...(runs ? [{ name: 'packed_fields', configuration: { itemsize: storedItemsize, fields: runs } }] : []),
    ordered ? { name: 'bytes', configuration: { endian: dataType.endianness } } : { name: 'bytes' },
  ];
}
