// HDF5 spec III.F "Disk Format: Level 1F - Fractal Heap": links and attributes of large objects.
import { bytesToHold, visitRecords } from './btree-v2.ts';
import { readUint, type ByteCursor } from './byte-cursor.ts';
import { checkChecksum } from './checksum.ts';
import { damaged } from './damage.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { undoFilters } from './index-time-filters.ts';
import { maxStructureByteLength } from './limits.ts';
import { parseFilterPipeline, type Filter } from './messages/filter-pipeline.ts';

interface HeapHeader {
  readonly idByteLength: number;
  readonly filters: readonly Filter[];
  readonly hugeTreeAddress: number | undefined;
  readonly maxManagedByteLength: number;
  readonly tableWidth: number;
  readonly startingBlockByteLength: number;
  readonly maxDirectBlockByteLength: number;
  /** Bytes of an offset in the heap. */
  readonly offsetByteLength: number;
  readonly root: BlockPointer | undefined;
  /** Rows of the root if it is an indirect block; 0 if it is a direct one. */
  readonly rootRowCount: number;
}

/** A direct block; filtered ones have another length in the file. */
interface BlockPointer {
  readonly address: number;
  readonly filteredByteLength?: number;
  readonly filterMask?: number;
}

interface FoundBlock {
  readonly pointer: BlockPointer;
  readonly byteLength: number;
  /** Of the object, from the start of the block. */
  readonly start: number;
}

interface HugeObject extends BlockPointer {
  readonly byteLength: number;
  readonly memoryByteLength: number;
}

/** Objects by heap ID. */
export class FractalHeap {
  readonly #file: Hdf5File;
  readonly #header: HeapHeader;
  #hugeObjects: Promise<Map<number, HugeObject>> | undefined;
  #lastFiltered: { readonly address: number; readonly bytes: Uint8Array } | undefined;

  private constructor(file: Hdf5File, header: HeapHeader) {
    this.#file = file;
    this.#header = header;
  }

  static async open(file: Hdf5File, address: number): Promise<FractalHeap> {
    return new FractalHeap(file, await readHeapHeader(file, address));
  }

  /** @throws TesseraError gone if the ID leads nowhere. */
  async object(id: Uint8Array): Promise<Uint8Array> {
    switch ((id[0]! >> 4) & 3) {
      case 0:
        return this.#managedObject(id);
      case 1:
        return this.#hugeObject(id);
      case 2:
        return this.#tinyObject(id);
      default:
        throw damaged('a heap object is of no known kind');
    }
  }

  /** III.F, "Heap ID for tiny objects": the object is in the ID. */
  #tinyObject(id: Uint8Array): Uint8Array {
    const isExtended = this.#header.idByteLength > 17;
    const byteLength = (isExtended ? ((id[0]! & 0xf) << 8) | id[1]! : id[0]! & 0xf) + 1;
    return this.#file.cursor(id.subarray(isExtended ? 2 : 1)).take(byteLength);
  }

  async #managedObject(id: Uint8Array): Promise<Uint8Array> {
    const { offsetByteLength, maxDirectBlockByteLength, maxManagedByteLength, filters, root, rootRowCount } = this.#header;
    const cursor = this.#file.cursor(id.subarray(1));
    const offset = cursor.uint(offsetByteLength);
    const byteLength = cursor.uint(Math.min(bytesToHold(maxDirectBlockByteLength), bytesToHold(maxManagedByteLength)));
    if (!root) throw damaged('an object is in an empty heap');
    const found = rootRowCount === 0
      ? { pointer: root, byteLength: this.#header.startingBlockByteLength, start: offset }
      : await this.#findBlock(root.address, rootRowCount, offset);
    if (filters.length === 0) return this.#file.read(found.pointer.address + found.start, byteLength);
    const block = await this.#filteredBlock(found);
    const cursorInBlock = this.#file.cursor(block);
    cursorInBlock.skip(found.start);
    return cursorInBlock.take(byteLength);
  }

  async #filteredBlock({ pointer, byteLength }: FoundBlock): Promise<Uint8Array> {
    if (this.#lastFiltered?.address === pointer.address) return this.#lastFiltered.bytes;
    const stored = await this.#file.read(pointer.address, pointer.filteredByteLength ?? byteLength);
    const bytes = undoFilters(this.#header.filters, pointer.filterMask ?? 0, stored, byteLength);
    this.#lastFiltered = { address: pointer.address, bytes };
    return bytes;
  }

  /** Byte length of the blocks in a row: the first two rows are equal, then each doubles. */
  #rowBlockByteLength(row: number): number {
    return this.#header.startingBlockByteLength * 2 ** Math.max(0, row - 1);
  }

  /** Descends from an indirect block to the direct block at an offset of the heap. */
  async #findBlock(address: number, rowCount: number, offset: number): Promise<FoundBlock> {
    const { tableWidth, startingBlockByteLength, maxDirectBlockByteLength, offsetByteLength, filters } = this.#header;
    const file = this.#file;
    const maxDirectRows = Math.log2(maxDirectBlockByteLength) - Math.log2(startingBlockByteLength) + 2;
    const directEntryByteLength = file.offsetSize + (filters.length > 0 ? file.lengthSize + 4 : 0);
    let rest = offset;
    for (let rows = rowCount, at = address, hops = 0; hops < 64; hops++) {
      let row = 0;
      while (row < rows && rest >= this.#rowBlockByteLength(row) * tableWidth) rest -= this.#rowBlockByteLength(row++) * tableWidth;
      if (row >= rows) throw damaged('a heap object lies beyond its heap');
      const blockByteLength = this.#rowBlockByteLength(row);
      const column = Math.floor(rest / blockByteLength);
      rest -= column * blockByteLength;
      const directRows = Math.min(rows, maxDirectRows);
      const entry = row * tableWidth + column;
      const entryStart = row < directRows
        ? entry * directEntryByteLength
        : directRows * tableWidth * directEntryByteLength + (entry - directRows * tableWidth) * file.offsetSize;
      const start = at + 5 + file.offsetSize + offsetByteLength + entryStart;
      const cursor = await file.cursorAt(start, row < directRows ? directEntryByteLength : file.offsetSize);
      const child = cursor.definedAddress();
      if (row < directRows) {
        const filtered = filters.length > 0 ? { filteredByteLength: cursor.length(), filterMask: cursor.u32() } : {};
        return { pointer: { address: child, ...filtered }, byteLength: blockByteLength, start: rest };
      }
      at = child;
      rows = Math.log2(blockByteLength) - Math.log2(startingBlockByteLength * tableWidth) + 1;
    }
    throw damaged('a heap is deeper than it can be');
  }

  /** III.F, "Heap ID for huge objects": directly, or through a B-tree when the ID is too short. */
  async #hugeObject(id: Uint8Array): Promise<Uint8Array> {
    const file = this.#file;
    const { idByteLength, filters } = this.#header;
    const directByteLength = file.offsetSize + file.lengthSize + (filters.length > 0 ? 4 + file.lengthSize : 0);
    const found = directByteLength <= idByteLength - 1
      ? parseHugeObject(file.cursor(id.subarray(1)), filters)
      : (await this.#hugeObjectsById()).get(readUint(id, 1, Math.min(8, idByteLength - 1)));
    if (!found) throw damaged('a large heap object is missing');
    const stored = await file.read(found.address, found.byteLength);
    return undoFilters(filters, found.filterMask ?? 0, stored, Math.min(found.memoryByteLength, maxStructureByteLength));
  }

  #hugeObjectsById(): Promise<Map<number, HugeObject>> {
    this.#hugeObjects ??= this.#readHugeObjects();
    return this.#hugeObjects;
  }

  async #readHugeObjects(): Promise<Map<number, HugeObject>> {
    const { hugeTreeAddress, filters } = this.#header;
    const objects = new Map<number, HugeObject>();
    if (hugeTreeAddress === undefined) return objects;
    await visitRecords(this.#file, hugeTreeAddress, (record) => {
      const cursor = this.#file.cursor(record);
      const object = parseHugeObject(cursor, filters);
      objects.set(cursor.length(), object);
    });
    return objects;
  }
}

function parseHugeObject(cursor: ByteCursor, filters: readonly Filter[]): HugeObject {
  const address = cursor.definedAddress();
  const byteLength = cursor.length();
  if (filters.length === 0) return { address, byteLength, memoryByteLength: byteLength };
  return { address, byteLength, filterMask: cursor.u32(), memoryByteLength: cursor.length() };
}

const isPowerOfTwo = (value: number) => value > 0 && Number.isInteger(Math.log2(value));

async function readHeapHeader(file: Hdf5File, address: number): Promise<HeapHeader> {
  const { offsetSize, lengthSize } = file;
  const fixedByteLength = 22 + 12 * lengthSize + 3 * offsetSize;
  const filterByteLength = readUint(await file.read(address, 9), 7, 2);
  const bytes = await file.read(address, fixedByteLength + (filterByteLength > 0 ? lengthSize + 4 + filterByteLength : 0) + 4);
  checkChecksum(bytes, 'fractal heap');
  const cursor = file.cursor(bytes);
  cursor.expectSignature('FRHP');
  cursor.expectVersion('fractal heap', 0);
  const idByteLength = cursor.u16();
  cursor.skip(3);
  const maxManagedByteLength = cursor.u32();
  cursor.skip(lengthSize);
  const hugeTreeAddress = cursor.address();
  cursor.skip(lengthSize + offsetSize + 8 * lengthSize);
  const tableWidth = cursor.u16();
  const startingBlockByteLength = cursor.length();
  const maxDirectBlockByteLength = cursor.length();
  const offsetByteLength = Math.ceil(cursor.u16() / 8);
  cursor.skip(2);
  const rootAddress = cursor.address();
  const rootRowCount = cursor.u16();
  const isSound = isPowerOfTwo(tableWidth) && isPowerOfTwo(startingBlockByteLength) && isPowerOfTwo(maxDirectBlockByteLength)
    && maxDirectBlockByteLength <= maxStructureByteLength && offsetByteLength >= 1 && offsetByteLength <= 8;
  if (!isSound) throw damaged('a fractal heap header makes no sense');
  const filtered = filterByteLength > 0 ? { filteredByteLength: cursor.length(), filterMask: cursor.u32() } : {};
  const filters = filterByteLength > 0 ? parseFilterPipeline(cursor) : [];
  const root = rootAddress === undefined ? undefined : { address: rootAddress, ...filtered };
  return { idByteLength, filters, hugeTreeAddress, maxManagedByteLength, tableWidth, startingBlockByteLength, maxDirectBlockByteLength, offsetByteLength, root, rootRowCount };
}
