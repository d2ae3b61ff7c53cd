// HDF5 spec III.A.2 "Disk Format: Level 1A2 - Version 2 B-trees".
import { checkChecksum } from './checksum.ts';
import { damaged } from './damage.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { maxChunkCount } from './limits.ts';

interface TreeHeader {
  readonly nodeByteLength: number;
  readonly recordByteLength: number;
  readonly depth: number;
  readonly rootAddress: number | undefined;
  readonly rootRecordCount: number;
  readonly totalRecordCount: number;
}

/** Widths of the fields of a child pointer at one depth; leaves are depth 0. */
interface NodeWidths {
  readonly maxRecordCount: number;
  readonly maxTotalCount: number;
  readonly pointerByteLength: number;
}

/** Bytes that hold every number up to `max`. */
export function bytesToHold(max: number): number {
  return Math.floor(Math.log2(Math.max(max, 1)) / 8) + 1;
}

const prefixByteLength = 6;
const checksumByteLength = 4;

/**
 * Hands every record of a tree to `visit`, in the tree's order.
 * @throws TesseraError gone; also if there are more records than anything here may have.
 */
export async function visitRecords(file: Hdf5File, address: number, visit: (record: Uint8Array) => void): Promise<void> {
  const header = await readHeader(file, address);
  if (header.rootAddress === undefined || header.totalRecordCount === 0) return;
  const widths = widthsByDepth(file, header);
  let left = header.totalRecordCount;
  const walk = async (nodeAddress: number, recordCount: number, depth: number): Promise<void> => {
    left -= recordCount;
    if (left < 0) throw damaged('a B-tree has more records than it says');
    const { recordByteLength } = header;
    const { pointerByteLength } = widths[depth]!;
    const used = prefixByteLength + recordCount * recordByteLength + (depth > 0 ? (recordCount + 1) * pointerByteLength : 0);
    if (used + checksumByteLength > header.nodeByteLength) throw damaged('a B-tree node has more records than fit');
    const bytes = await file.read(nodeAddress, used + checksumByteLength);
    checkChecksum(bytes, 'B-tree node');
    const cursor = file.cursor(bytes);
    cursor.expectSignature(depth === 0 ? 'BTLF' : 'BTIN');
    cursor.skip(2);
    const records = Array.from({ length: recordCount }, () => cursor.take(recordByteLength));
    if (depth === 0) return records.forEach(visit);
    const countByteLength = bytesToHold(widths[0]!.maxRecordCount);
    for (let child = 0; child <= recordCount; child++) {
      const pointer = file.cursor(cursor.take(pointerByteLength));
      await walk(pointer.definedAddress(), pointer.uint(countByteLength), depth - 1);
      if (child < recordCount) visit(records[child]!);
    }
  };
  await walk(header.rootAddress, header.rootRecordCount, header.depth);
}

async function readHeader(file: Hdf5File, address: number): Promise<TreeHeader> {
  const bytes = await file.read(address, 22 + file.offsetSize + file.lengthSize);
  checkChecksum(bytes, 'B-tree header');
  const cursor = file.cursor(bytes);
  cursor.expectSignature('BTHD');
  cursor.expectVersion('B-tree', 0);
  cursor.skip(1);
  const nodeByteLength = cursor.u32();
  const recordByteLength = cursor.u16();
  const depth = cursor.u16();
  cursor.skip(2);
  const rootAddress = cursor.address();
  const rootRecordCount = cursor.u16();
  const totalRecordCount = cursor.length();
  if (recordByteLength === 0 || nodeByteLength < 2 * recordByteLength + 10 || depth > 32) throw damaged('a B-tree header makes no sense');
  if (totalRecordCount > maxChunkCount) throw damaged(`a B-tree has ${totalRecordCount} records, more than ${maxChunkCount}`);
  return { nodeByteLength, recordByteLength, depth, rootAddress, rootRecordCount, totalRecordCount };
}

/** The widths of child pointers follow from how many records can be below (III.A.2, "internal node"). */
function widthsByDepth(file: Hdf5File, header: TreeHeader): NodeWidths[] {
  const room = header.nodeByteLength - prefixByteLength - checksumByteLength;
  const leaf = Math.floor(room / header.recordByteLength);
  const widths: NodeWidths[] = [{ maxRecordCount: leaf, maxTotalCount: leaf, pointerByteLength: 0 }];
  for (let depth = 1; depth <= header.depth; depth++) {
    const below = widths[depth - 1]!;
    const pointerByteLength = file.offsetSize + bytesToHold(leaf) + (depth > 1 ? bytesToHold(below.maxTotalCount) : 0);
    const maxRecordCount = Math.floor((room - pointerByteLength) / (header.recordByteLength + pointerByteLength));
    widths.push({ maxRecordCount, pointerByteLength, maxTotalCount: (maxRecordCount + 1) * below.maxTotalCount + maxRecordCount });
  }
  return widths;
}
