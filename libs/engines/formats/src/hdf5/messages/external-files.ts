// HDF5 spec IV.A.2.h "The Data Storage - External Data Files Message".
import { damaged } from '../damage.ts';
import type { Hdf5File } from '../hdf5-file.ts';
import { readLocalHeap } from '../local-heap.ts';
import { beforeNul, decodeText } from '../text.ts';

/** A run of raw bytes in another file; the runs of a dataset follow one another. */
export interface ExternalRun {
  readonly fileName: string;
  readonly byteOffset: number;
  /** Infinity: to the end of that file. */
  readonly byteLength: number;
}

export async function parseExternalFiles(file: Hdf5File, bytes: Uint8Array): Promise<ExternalRun[]> {
  const cursor = file.cursor(bytes);
  cursor.expectVersion('list of external files', 1);
  cursor.skip(5);
  const count = cursor.u16();
  const names = await readLocalHeap(file, cursor.definedAddress());
  return Array.from({ length: count }, () => {
    const nameOffset = cursor.length();
    if (nameOffset >= names.byteLength) throw damaged('a name lies beyond its heap');
    const byteOffset = cursor.length();
    const byteLength = cursor.optionalUint(file.lengthSize) ?? Infinity;
    return { fileName: decodeText(beforeNul(names.subarray(nameOffset))), byteOffset, byteLength };
  });
}
