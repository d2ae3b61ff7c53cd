// HDF5 spec VII.D "Extensible Array": one unlimited axis. The elements lie in data
// blocks that double in size: the first in the index block, then blocks whose
// addresses are in the index block, then blocks behind secondary blocks; large blocks have pages.
import { checkChecksum } from '../checksum.ts';
import { damaged } from '../damage.ts';
import type { Hdf5File } from '../hdf5-file.ts';
import { maxCounts, type ReadChunkIndex } from './chunk-layout.ts';
import { enterElements, type ElementArray, type ElementRun } from './element-array.ts';

export const readExtensibleArray: ReadChunkIndex = async (layout, table) => {
  const counts = maxCounts(layout);
  const unlimited = counts.indexOf(Infinity);
  if (unlimited < 0) throw damaged('an extensible array has no axis to extend');
  // Elements are numbered as if the unlimited axis were the first: only so do they keep their numbers when it grows.
  const axisOrder = [unlimited, ...[...counts.keys()].filter((axis) => axis !== unlimited)];
  const array = await ExtensibleArray.open(layout.file, layout.address);
  if (array) await enterElements(layout, table, array, counts, axisOrder);
};

interface ArrayHeader {
  readonly elementByteLength: number;
  readonly maxElementBits: number;
  /** Elements in the index block itself. */
  readonly indexBlockElements: number;
  readonly minBlockElements: number;
  readonly minSecondaryPointers: number;
  readonly pageElementCount: number;
  /** Elements at and beyond were never set. */
  readonly elementLimit: number;
}

/** Data blocks of equal size: those of one secondary block, or what would be one. */
interface BlockGroup {
  readonly blockCount: number;
  readonly blockElements: number;
  /** Counted without the elements of the index block. */
  readonly firstElement: number;
  readonly firstBlock: number;
}

class ExtensibleArray implements ElementArray {
  readonly #file: Hdf5File;
  readonly #header: ArrayHeader;
  readonly #groups: readonly BlockGroup[];
  readonly #indexBlock: Uint8Array;
  /** Groups whose data blocks have their addresses in the index block. */
  readonly #directGroups: number;
  #secondary: { readonly address: number; readonly bytes: Uint8Array } | undefined;

  private constructor(file: Hdf5File, header: ArrayHeader, indexBlock: Uint8Array) {
    this.#file = file;
    this.#header = header;
    this.#indexBlock = indexBlock;
    this.#groups = blockGroups(header);
    this.#directGroups = 2 * Math.log2(header.minSecondaryPointers);
  }

  /** Undefined if nothing was ever written. */
  static async open(file: Hdf5File, address: number): Promise<ExtensibleArray | undefined> {
    const bytes = await file.read(address, 16 + 6 * file.lengthSize + file.offsetSize);
    checkChecksum(bytes, 'extensible array');
    const cursor = file.cursor(bytes);
    cursor.expectSignature('EAHD');
    cursor.expectVersion('extensible array', 0);
    cursor.skip(1);
    const [elementByteLength, maxElementBits, indexBlockElements, minBlockElements, minSecondaryPointers, pageBits] = [cursor.u8(), cursor.u8(), cursor.u8(), cursor.u8(), cursor.u8(), cursor.u8()];
    cursor.skip(4 * file.lengthSize);
    const header = { elementByteLength, maxElementBits, indexBlockElements, minBlockElements, minSecondaryPointers, pageElementCount: 2 ** pageBits, elementLimit: cursor.length() };
    cursor.skip(file.lengthSize);
    const indexBlockAddress = cursor.address();
    if (indexBlockAddress === undefined) return undefined;
    const isSound = [minBlockElements, minSecondaryPointers].every((value) => value > 0 && Number.isInteger(Math.log2(value))) && minSecondaryPointers > 1 && maxElementBits <= 64;
    if (!isSound) throw damaged('an extensible array header makes no sense');
    const groupCount = blockGroups(header).length;
    const directPointers = 2 * (minSecondaryPointers - 1);
    const secondaryPointers = Math.max(0, groupCount - 2 * Math.log2(minSecondaryPointers));
    const byteLength = 6 + file.offsetSize + indexBlockElements * elementByteLength + (directPointers + secondaryPointers) * file.offsetSize + 4;
    const indexBlock = await file.read(indexBlockAddress, byteLength);
    checkChecksum(indexBlock, 'extensible array index block');
    return new ExtensibleArray(file, header, indexBlock);
  }

  get elementByteLength(): number {
    return this.#header.elementByteLength;
  }

  async runAt(element: number): Promise<ElementRun> {
    const { elementLimit, indexBlockElements, elementByteLength } = this.#header;
    if (element >= elementLimit) return { firstElement: element, elementCount: Infinity };
    const indexStart = 6 + this.#file.offsetSize;
    if (element < indexBlockElements) {
      return { firstElement: 0, elementCount: indexBlockElements, bytes: this.#indexBlock.subarray(indexStart, indexStart + indexBlockElements * elementByteLength) };
    }
    const rest = element - indexBlockElements;
    const groupNumber = this.#groups.findLastIndex((group) => group.firstElement <= rest);
    const group = this.#groups[groupNumber];
    const block = group ? Math.floor((rest - group.firstElement) / group.blockElements) : 0;
    if (!group || block >= group.blockCount) throw damaged('an extensible array is too short for its dataset');
    return groupNumber < this.#directGroups ? this.#directRun(group, block, element) : this.#secondaryRun(group, groupNumber, block, element);
  }

  #addressIn(bytes: Uint8Array, start: number): number | undefined {
    const cursor = this.#file.cursor(bytes);
    cursor.skip(start);
    return cursor.address();
  }

  /** First element of a data block, counted in the whole array. */
  #firstElementOf(group: BlockGroup, block: number): number {
    return this.#header.indexBlockElements + group.firstElement + block * group.blockElements;
  }

  #directRun(group: BlockGroup, block: number, element: number): Promise<ElementRun> | ElementRun {
    const { indexBlockElements, elementByteLength } = this.#header;
    const start = 6 + this.#file.offsetSize + indexBlockElements * elementByteLength + (group.firstBlock + block) * this.#file.offsetSize;
    return this.#dataRun(group, block, element, this.#addressIn(this.#indexBlock, start));
  }

  async #secondaryRun(group: BlockGroup, groupNumber: number, block: number, element: number): Promise<ElementRun> {
    const { indexBlockElements, elementByteLength, minSecondaryPointers, pageElementCount } = this.#header;
    const pointersStart = 6 + this.#file.offsetSize + indexBlockElements * elementByteLength + 2 * (minSecondaryPointers - 1) * this.#file.offsetSize;
    const address = this.#addressIn(this.#indexBlock, pointersStart + (groupNumber - this.#directGroups) * this.#file.offsetSize);
    if (address === undefined) {
      return { firstElement: indexBlockElements + group.firstElement, elementCount: group.blockCount * group.blockElements };
    }
    const pages = group.blockElements > pageElementCount ? group.blockElements / pageElementCount : 0;
    // A bitmap of pages for each data block, then the blocks' addresses.
    const bitmapByteLength = Math.ceil(pages / 8);
    const bitmapsStart = 6 + this.#file.offsetSize + this.#offsetByteLength;
    const bytes = await this.#secondaryBlock(address, bitmapsStart + group.blockCount * (bitmapByteLength + this.#file.offsetSize) + 4);
    const bitmaps = bytes.subarray(bitmapsStart, bitmapsStart + group.blockCount * bitmapByteLength);
    const dataAddress = this.#addressIn(bytes, bitmapsStart + bitmaps.byteLength + block * this.#file.offsetSize);
    // The bits of all the blocks form one bitmap.
    return this.#dataRun(group, block, element, dataAddress, (page) => isBitSet(bitmaps, block * pages + page));
  }

  async #secondaryBlock(address: number, byteLength: number): Promise<Uint8Array> {
    if (this.#secondary?.address === address) return this.#secondary.bytes;
    const bytes = await this.#file.read(address, byteLength);
    checkChecksum(bytes, 'extensible array secondary block');
    this.#secondary = { address, bytes };
    return bytes;
  }

  get #offsetByteLength(): number {
    return Math.ceil(this.#header.maxElementBits / 8);
  }

  async #dataRun(group: BlockGroup, block: number, element: number, address: number | undefined, isPageWritten?: (page: number) => boolean): Promise<ElementRun> {
    const { elementByteLength, pageElementCount } = this.#header;
    const firstElement = this.#firstElementOf(group, block);
    if (address === undefined) return { firstElement, elementCount: group.blockElements };
    const prefixByteLength = 6 + this.#file.offsetSize + this.#offsetByteLength;
    if (group.blockElements <= pageElementCount) {
      const bytes = await this.#file.read(address, prefixByteLength + group.blockElements * elementByteLength + 4);
      checkChecksum(bytes, 'extensible array block');
      return { firstElement, elementCount: group.blockElements, bytes: bytes.subarray(prefixByteLength, -4) };
    }
    const page = Math.floor((element - firstElement) / pageElementCount);
    const run = { firstElement: firstElement + page * pageElementCount, elementCount: pageElementCount };
    if (isPageWritten && !isPageWritten(page)) return run;
    const pageByteLength = pageElementCount * elementByteLength + 4;
    const bytes = await this.#file.read(address + prefixByteLength + 4 + page * pageByteLength, pageByteLength);
    checkChecksum(bytes, 'extensible array page');
    return { ...run, bytes: bytes.subarray(0, -4) };
  }
}

function isBitSet(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
}

/** Group u has 2^⌊u/2⌋ blocks of 2^⌈u/2⌉ times the least number of elements. */
function blockGroups({ maxElementBits, minBlockElements }: ArrayHeader): BlockGroup[] {
  const groups: BlockGroup[] = [];
  let firstElement = 0;
  let firstBlock = 0;
  const groupCount = 1 + maxElementBits - Math.log2(minBlockElements);
  for (let number = 0; number < groupCount; number++) {
    const blockCount = 2 ** Math.floor(number / 2);
    const blockElements = 2 ** Math.ceil(number / 2) * minBlockElements;
    groups.push({ blockCount, blockElements, firstElement, firstBlock });
    firstElement += blockCount * blockElements;
    firstBlock += blockCount;
  }
  return groups;
}
