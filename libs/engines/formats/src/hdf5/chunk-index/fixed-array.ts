// HDF5 spec VII.C "Fixed Array": the greatest shape is finite.
import { checkChecksum } from '../checksum.ts';
import { damaged } from '../damage.ts';
import type { Hdf5File } from '../hdf5-file.ts';
import { maxCounts, type ReadChunkIndex } from './chunk-layout.ts';
import { enterElements, type ElementArray, type ElementRun } from './element-array.ts';

export const readFixedArray: ReadChunkIndex = async (layout, table) => {
  const counts = maxCounts(layout);
  const array = await FixedArray.open(layout.file, layout.address);
  if (array) await enterElements(layout, table, array, counts, [...counts.keys()]);
};

interface DataBlock {
  readonly address: number;
  readonly elementCount: number;
  readonly elementByteLength: number;
  readonly pageElementCount: number;
  /** One bit a page, set if it was ever written; absent if the block has no pages. */
  readonly pageBits?: Uint8Array;
}

class FixedArray implements ElementArray {
  readonly #file: Hdf5File;
  readonly #block: DataBlock;

  private constructor(file: Hdf5File, block: DataBlock) {
    this.#file = file;
    this.#block = block;
  }

  /** Undefined if nothing was ever written. */
  static async open(file: Hdf5File, address: number): Promise<FixedArray | undefined> {
    const bytes = await file.read(address, 12 + file.lengthSize + file.offsetSize);
    checkChecksum(bytes, 'fixed array');
    const cursor = file.cursor(bytes);
    cursor.expectSignature('FAHD');
    cursor.expectVersion('fixed array', 0);
    cursor.skip(1);
    const elementByteLength = cursor.u8();
    const pageElementCount = 2 ** cursor.u8();
    const elementCount = cursor.length();
    const blockAddress = cursor.address();
    if (blockAddress === undefined) return undefined;
    const block = { address: blockAddress, elementCount, elementByteLength, pageElementCount };
    if (elementCount <= pageElementCount) return new FixedArray(file, block);
    const prefix = await file.read(blockAddress, 6 + file.offsetSize + Math.ceil(Math.ceil(elementCount / pageElementCount) / 8) + 4);
    checkChecksum(prefix, 'fixed array block');
    return new FixedArray(file, { ...block, pageBits: prefix.subarray(6 + file.offsetSize, -4) });
  }

  get elementByteLength(): number {
    return this.#block.elementByteLength;
  }

  async runAt(element: number): Promise<ElementRun> {
    const { address, elementCount, elementByteLength, pageElementCount, pageBits } = this.#block;
    if (element >= elementCount) throw damaged('a fixed array is too short for its dataset');
    const prefixByteLength = 6 + this.#file.offsetSize;
    if (!pageBits) {
      const bytes = await this.#file.read(address, prefixByteLength + elementCount * elementByteLength + 4);
      checkChecksum(bytes, 'fixed array block');
      return { firstElement: 0, elementCount, bytes: bytes.subarray(prefixByteLength, -4) };
    }
    const page = Math.floor(element / pageElementCount);
    const firstElement = page * pageElementCount;
    const count = Math.min(pageElementCount, elementCount - firstElement);
    // The bitmap counts from the highest bit of each byte.
    if ((pageBits[page >> 3]! & (0x80 >> (page & 7))) === 0) return { firstElement, elementCount: count };
    const pageByteLength = pageElementCount * elementByteLength + 4;
    const bytes = await this.#file.read(address + prefixByteLength + pageBits.byteLength + 4 + page * pageByteLength, count * elementByteLength + 4);
    checkChecksum(bytes, 'fixed array page');
    return { firstElement, elementCount: count, bytes: bytes.subarray(0, -4) };
  }
}
