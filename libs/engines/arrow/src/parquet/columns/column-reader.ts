// One column chunk as Arrow buffers, in pieces, page after page.
import { ByteBuilder } from './byte-builder.ts';
import { ChunkBytes, type ReadBytes } from './chunk-bytes.ts';
import type { ColumnPiece, ColumnPlan } from './column-piece.ts';
import { DamagedColumn } from './damaged-column.ts';
import { Scratch } from './decompress.ts';
import { readDataPage, readDictionaryPage, readPageHeader, type PageHeader } from './page.ts';
import { arrowByteWidth, readDictionary, readPageValues, type ByteValues, type ColumnDictionary, type FixedValues } from './page-values.ts';
import type { RleCursor } from './rle-cursor.ts';

/** Rows of texts that are added at once; fewer if they may be long. */
const blockRowCount = 4096;

interface OpenPage {
  readonly levels: RleCursor | undefined;
  readonly values: FixedValues | ByteValues;
  left: number;
}

export class ColumnReader {
  readonly #plan: ColumnPlan;
  /** Of the dictionary, until that is read; then of the pages. */
  #bytes: ChunkBytes;
  readonly #pages: ChunkBytes;
  #toSkip: number;
  readonly #scratch = new Scratch();
  #dictionary: ColumnDictionary | undefined;
  #page: OpenPage | undefined;
  /** Rows that have not been handed out. */
  #left: number;
  #levels = new Uint8Array(0);
  #bytesPerRow = 16;

  constructor(plan: ColumnPlan, read: ReadBytes) {
    this.#plan = plan;
    this.#left = plan.rowCount;
    this.#toSkip = plan.skippedRowCount;
    this.#pages = new ChunkBytes(read, plan.byteOffset, plan.byteLength, plan.pieceByteLength);
    const { dictionary } = plan;
    this.#bytes = dictionary ? new ChunkBytes(read, dictionary.byteOffset, dictionary.byteLength, dictionary.byteLength) : this.#pages;
  }

  /** Passes over rows; pages of which none is wanted are not decompressed. */
  async #skip(rowCount: number): Promise<void> {
    for (let left = rowCount; left > 0;) {
      const page = this.#page ?? (await this.#openPage(left));
      if (!page) {
        left -= this.#passedRowCount;
        continue;
      }
      const count = Math.min(left, page.left);
      page.values.skip(this.#readLevels(page, count));
      this.#advance(page, count);
      left -= count;
    }
  }

  /** The next rows: as many as asked for, or fewer if they are long, or no more are left. */
  async take(rowCount: number): Promise<ColumnPiece> {
    const toSkip = this.#toSkip;
    this.#toSkip = 0;
    if (toSkip > 0) await this.#skip(toSkip);
    const count = Math.min(rowCount, this.#left);
    const validity = this.#plan.isOptional ? new Validity(count) : undefined;
    return this.#plan.form.kind === 'bytes' ? this.#takeBytes(count, validity) : this.#takeFixed(count, validity);
  }

  async #takeFixed(rowCount: number, validity: Validity | undefined): Promise<ColumnPiece> {
    const { form } = this.#plan;
    const byteWidth = arrowByteWidth(form);
    const data = new Uint8Array(rowCount * byteWidth);
    for (let at = 0; at < rowCount;) {
      const page = await this.#currentPage();
      const count = Math.min(rowCount - at, page.left);
      const valueCount = this.#readLevels(page, count);
      (page.values as FixedValues).read(data, at, valueCount);
      if (valueCount < count) spread(data, byteWidth, at, count, valueCount, this.#levels);
      validity?.add(at, count, valueCount, this.#levels);
      this.#advance(page, count);
      at += count;
    }
    return { rowCount, ...finishValidity(validity, rowCount), data: form.kind === 'bool' ? packed(data) : data };
  }

  async #takeBytes(mostRowCount: number, validity: Validity | undefined): Promise<ColumnPiece> {
    const { form, mostByteLength } = this.#plan;
    const builder = new ByteBuilder(mostRowCount, Math.min(mostByteLength, Math.ceil(mostRowCount * this.#bytesPerRow)));
    let rowCount = 0;
    while (rowCount < mostRowCount && (rowCount === 0 || builder.byteLength < mostByteLength)) {
      const page = await this.#currentPage();
      const values = page.values as ByteValues;
      const fitting = Math.max(1, Math.floor(mostByteLength / Math.max(values.longestByteLength, 1)));
      const count = Math.min(mostRowCount - rowCount, page.left, blockRowCount, fitting);
      const valueCount = this.#readLevels(page, count);
      builder.add(values, count, page.levels && this.#levels, valueCount);
      validity?.add(rowCount, count, valueCount, this.#levels);
      this.#advance(page, count);
      rowCount += count;
    }
    if (rowCount > 0) this.#bytesPerRow = (builder.byteLength / rowCount) * 1.05 + 1;
    return { rowCount, ...finishValidity(validity, rowCount), ...builder.finish(form.kind === 'bytes' ? form.layout : 'offsets32') };
  }

  /** The levels of the next rows, where there are any; how many of them have a value. */
  #readLevels(page: OpenPage, count: number): number {
    if (!page.levels) return count;
    if (this.#levels.length < count) this.#levels = new Uint8Array(Math.max(count, blockRowCount));
    return page.levels.read(this.#levels, 0, count);
  }

  #advance(page: OpenPage, count: number): void {
    page.left -= count;
    this.#left -= count;
    if (page.left === 0) this.#page = undefined;
  }

  async #currentPage(): Promise<OpenPage> {
    for (;;) {
      const page = this.#page ?? (await this.#openPage(0));
      if (page) return page;
    }
  }

  #passedRowCount = 0;

  /** The next data page; undefined if it was passed over, being of no more rows than `skippable`, or was a dictionary. */
  async #openPage(skippable: number): Promise<OpenPage | undefined> {
    const header = await readPageHeader(this.#bytes);
    this.#passedRowCount = 0;
    // Of a dictionary by itself nothing follows.
    if (this.#bytes !== this.#pages) {
      if (header.type !== 2) throw new DamagedColumn('a dictionary is missing');
      await this.#openDictionary(header);
      this.#bytes = this.#pages;
    } else if (header.type === 2) await this.#openDictionary(header);
    else if (header.type !== 0 && header.type !== 3) this.#bytes.consume(header.compressedByteLength);
    else if (header.valueCount > this.#left) throw new DamagedColumn('a page has more rows than its row group');
    else if (header.valueCount <= skippable || header.valueCount === 0) {
      this.#bytes.consume(header.compressedByteLength);
      this.#passedRowCount = header.valueCount;
      this.#left -= header.valueCount;
    } else {
      const { form, codec, isOptional } = this.#plan;
      const { levels, values } = await readDataPage(this.#bytes, header, codec, isOptional, this.#scratch);
      this.#page = { levels, values: readPageValues(form, header.encoding, values, this.#dictionary), left: header.valueCount };
      return this.#page;
    }
    return undefined;
  }

  async #openDictionary(header: PageHeader): Promise<void> {
    const bytes = await readDictionaryPage(this.#bytes, header, this.#plan.codec, new Scratch());
    this.#dictionary = readDictionary(this.#plan.form, bytes, header.valueCount);
    this.#bytes.readAhead();
  }
}

/** A bitmap of the rows that have a value, made when the first has none. */
class Validity {
  readonly #rowCount: number;
  #bits: Uint8Array<ArrayBuffer> | undefined;
  nullCount = 0;

  constructor(rowCount: number) {
    this.#rowCount = rowCount;
  }

  get bits(): Uint8Array<ArrayBuffer> | undefined {
    return this.#bits;
  }

  add(at: number, count: number, validCount: number, levels: Uint8Array): void {
    if (validCount === count && !this.#bits) return;
    this.#bits ??= onesBefore(at, this.#rowCount);
    this.nullCount += count - validCount;
    const bits = this.#bits;
    if (validCount === count) for (let row = at; row < at + count; row++) bits[row >> 3]! |= 1 << (row & 7);
    else for (let i = 0; i < count; i++) bits[(at + i) >> 3]! |= levels[i]! << ((at + i) & 7);
  }
}

function onesBefore(count: number, length: number): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array((length + 7) >> 3);
  bits.fill(255, 0, count >> 3);
  if (count & 7) bits[count >> 3] = 2 ** (count & 7) - 1;
  return bits;
}

function finishValidity(validity: Validity | undefined, rowCount: number): Pick<ColumnPiece, 'nullCount' | 'validity'> {
  const bits = validity?.bits;
  return bits ? { nullCount: validity!.nullCount, validity: bits.subarray(0, (rowCount + 7) >> 3) } : { nullCount: 0 };
}

/** Moves values that stand together to the rows that have one, from the last on. */
function spread(data: Uint8Array, byteWidth: number, at: number, rowCount: number, valueCount: number, levels: Uint8Array): void {
  const isWords = byteWidth % 4 === 0;
  const cells = isWords ? new Int32Array(data.buffer, data.byteOffset, data.byteLength >> 2) : data;
  const width = isWords ? byteWidth / 4 : byteWidth;
  let value = valueCount;
  for (let row = rowCount - 1; row >= 0; row--) {
    const to = (at + row) * width;
    if (levels[row] === 1) {
      const from = (at + --value) * width;
      for (let i = 0; i < width; i++) cells[to + i] = cells[from + i]!;
    } else for (let i = 0; i < width; i++) cells[to + i] = 0;
  }
}

function packed(bools: Uint8Array): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array((bools.length + 7) >> 3);
  for (let row = 0; row < bools.length; row++) bits[row >> 3]! |= bools[row]! << (row & 7);
  return bits;
}
