import { damaged } from '../damage.ts';
import { visitRecords } from '../btree-v2.ts';
import type { ReadChunkIndex } from './chunk-layout.ts';

/** HDF5 spec VII.E "Version 2 B-trees", record types 10 and 11: more than one unlimited axis. */
export const readBtreeV2: ReadChunkIndex = async ({ file, address, chunkShape, chunkByteLength, isFiltered }, table) => {
  const rank = chunkShape.length;
  const chunkIndex = new Array<number>(rank).fill(0);
  await visitRecords(file, address, (record) => {
    const cursor = file.cursor(record);
    const chunkAddress = cursor.definedAddress();
    const lengthByteLength = record.byteLength - file.offsetSize - 8 * rank - (isFiltered ? 4 : 0);
    if (isFiltered ? lengthByteLength < 1 || lengthByteLength > 8 : lengthByteLength !== 0) throw damaged('a B-tree of chunks is of another kind');
    const byteLength = isFiltered ? cursor.uint(lengthByteLength) : chunkByteLength;
    const filterMask = isFiltered ? cursor.u32() : 0;
    for (let axis = 0; axis < rank; axis++) chunkIndex[axis] = cursor.uint(8);
    table.set(chunkIndex, chunkAddress, byteLength, filterMask);
  });
};
