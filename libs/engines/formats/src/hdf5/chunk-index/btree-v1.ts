import { damaged } from '../damage.ts';
import type { Hdf5File } from '../hdf5-file.ts';
import { maxChunkCount } from '../limits.ts';
import type { ReadChunkIndex } from './chunk-layout.ts';

/** HDF5 spec III.A.1 "Version 1 B-trees", node type 1: the index of all files up to 1.8. */
export const readBtreeV1: ReadChunkIndex = async ({ file, address, chunkShape }, table) => {
  const rank = chunkShape.length;
  const chunkIndex = new Array<number>(rank).fill(0);
  const seen = new Set<number>();
  const walk = async (nodeAddress: number, expectedLevel?: number): Promise<void> => {
    if (seen.has(nodeAddress) || seen.size > maxChunkCount) throw damaged('a B-tree of chunks runs in a ring');
    seen.add(nodeAddress);
    const node = await readNode(file, nodeAddress, rank);
    if (expectedLevel !== undefined && node.level !== expectedLevel) throw damaged('the levels of a B-tree do not fit');
    const cursor = file.cursor(node.entries);
    for (let entry = 0; entry < node.count; entry++) {
      const byteLength = cursor.u32();
      const filterMask = cursor.u32();
      for (let axis = 0; axis < rank; axis++) chunkIndex[axis] = cursor.uint(8) / chunkShape[axis]!;
      cursor.skip(8);
      const child = cursor.definedAddress();
      if (node.level > 0) await walk(child, node.level - 1);
      else if (chunkIndex.every(Number.isInteger)) table.set(chunkIndex, child, byteLength, filterMask);
      else throw damaged('a chunk does not lie on the grid of its dataset');
    }
  };
  await walk(address);
};

async function readNode(file: Hdf5File, address: number, rank: number): Promise<{ level: number; count: number; entries: Uint8Array }> {
  const header = await file.cursorAt(address, 8);
  header.expectSignature('TREE');
  if (header.u8() !== 1) throw damaged('a B-tree of chunks is of another kind');
  const level = header.u8();
  const count = header.u16();
  // A key is chunk size, filter mask, and one offset more than the rank: that of the element's bytes.
  const entryByteLength = 8 + 8 * (rank + 1) + file.offsetSize;
  return { level, count, entries: await file.read(address + 8 + 2 * file.offsetSize, count * entryByteLength) };
}
