// HDF5 spec III.D "Disk Format: Level 1D - Local Heaps".
import type { Hdf5File } from './hdf5-file.ts';

/** The data segment of a local heap. */
export async function readLocalHeap(file: Hdf5File, address: number): Promise<Uint8Array> {
  const cursor = await file.cursorAt(address, 8 + 2 * file.lengthSize + file.offsetSize);
  cursor.expectSignature('HEAP');
  cursor.expectVersion('local heap', 0);
  cursor.skip(3);
  const byteLength = cursor.length();
  cursor.skip(file.lengthSize);
  return file.read(cursor.definedAddress(), byteLength);
}
