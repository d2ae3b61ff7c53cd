import type { BlockWindow } from '../block-window.ts';
import { damaged } from './damage.ts';
import { maxFieldCount, maxSegmentCount, maxValueByteLength } from './limits.ts';

/** One field of a directory; its value may lie elsewhere. */
export interface Field {
  readonly code: number;
  readonly type: number;
  readonly count: number;
  /** Of the value, from the start of the file. */
  readonly byteOffset: number;
}

/** An image file directory (TIFF 6.0, section 2). */
export interface Directory {
  readonly byteOffset: number;
  /** The first one of each code. */
  readonly fields: ReadonlyMap<number, Field>;
  /** A second description: tifffile writes its own after that of the user. */
  readonly secondDescription?: Field;
  /** Of the next one; 0 after the last. */
  readonly nextByteOffset: number;
}

/** Bytes of one value by field type (TIFF 6.0, section 2; 13 and 16 to 18: TIFF supplement 1, BigTIFF). */
const typeSizes: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8 };

const imageDescription = 270;

type Getter = (view: DataView, at: number, isLittle: boolean) => number;

const getters: Readonly<Record<number, Getter>> = {
  1: (view, at) => view.getUint8(at),
  3: (view, at, isLittle) => view.getUint16(at, isLittle),
  4: (view, at, isLittle) => view.getUint32(at, isLittle),
  5: (view, at, isLittle) => view.getUint32(at, isLittle) / view.getUint32(at + 4, isLittle),
  6: (view, at) => view.getInt8(at),
  7: (view, at) => view.getUint8(at),
  8: (view, at, isLittle) => view.getInt16(at, isLittle),
  9: (view, at, isLittle) => view.getInt32(at, isLittle),
  10: (view, at, isLittle) => view.getInt32(at, isLittle) / view.getInt32(at + 4, isLittle),
  11: (view, at, isLittle) => view.getFloat32(at, isLittle),
  12: (view, at, isLittle) => view.getFloat64(at, isLittle),
  13: (view, at, isLittle) => view.getUint32(at, isLittle),
  16: (view, at, isLittle) => Number(view.getBigUint64(at, isLittle)),
  17: (view, at, isLittle) => Number(view.getBigInt64(at, isLittle)),
  18: (view, at, isLittle) => Number(view.getBigUint64(at, isLittle)),
};

/** "II" or "MM", then 42, or 43 for BigTIFF. */
export function isTiff(head: Uint8Array): boolean {
  if (head.byteLength < 8 || head[0] !== head[1]) return false;
  const [version, zero] = head[0] === 0x49 ? [head[2], head[3]] : [head[3], head[2]];
  return (head[0] === 0x49 || head[0] === 0x4d) && zero === 0 && (version === 42 || version === 43);
}

/** The directories of a TIFF or BigTIFF file, in either byte order. */
export class TiffFile {
  readonly isLittleEndian: boolean;
  readonly firstDirectoryOffset: number;
  readonly byteLength: number;
  readonly #isBig: boolean;
  readonly #window: BlockWindow;

  private constructor(window: BlockWindow, head: Uint8Array) {
    const view = viewOf(head);
    this.#window = window;
    this.byteLength = window.byteLength;
    this.isLittleEndian = head[0] === 0x49;
    this.#isBig = view.getUint16(2, this.isLittleEndian) === 43;
    this.firstDirectoryOffset = this.#isBig ? Number(view.getBigUint64(8, this.isLittleEndian)) : view.getUint32(4, this.isLittleEndian);
  }

  /** @throws TesseraError gone if it does not begin as a TIFF file. */
  static async open(window: BlockWindow): Promise<TiffFile> {
    const head = await window.read(0, Math.min(16, window.byteLength));
    if (!isTiff(head)) throw damaged('its first bytes are not those of a TIFF file');
    if (head[2] === 43 || head[3] === 43) await window.read(0, 16);
    return new TiffFile(window, head);
  }

  /** @throws TesseraError gone if there is none at that place. */
  async directory(byteOffset: number): Promise<Directory> {
    const [countSize, fieldSize, offsetSize] = this.#isBig ? [8, 20, 8] : [2, 12, 4];
    const countView = viewOf(await this.#window.read(byteOffset, countSize!));
    const count = this.#isBig ? Number(countView.getBigUint64(0, this.isLittleEndian)) : countView.getUint16(0, this.isLittleEndian);
    if (count === 0 || count > maxFieldCount) throw damaged(`a directory of it claims ${count} fields`);
    const listOffset = byteOffset + countSize!;
    const list = viewOf(await this.#window.read(listOffset, count * fieldSize!));
    const fields = new Map<number, Field>();
    let secondDescription: Field | undefined;
    for (let index = 0; index < count; index++) {
      const field = this.#field(list, index * fieldSize!, listOffset);
      if (field && !fields.has(field.code)) fields.set(field.code, field);
      else if (field?.code === imageDescription) secondDescription ??= field;
    }
    const nextAt = listOffset + count * fieldSize!;
    // Some writers end the file where the last link should be.
    const isCutOff = nextAt + offsetSize! > this.byteLength;
    const nextByteOffset = isCutOff ? 0 : this.#offset(viewOf(await this.#window.read(nextAt, offsetSize!)), 0);
    return { byteOffset, fields, nextByteOffset, ...(secondDescription ? { secondDescription } : {}) };
  }

  /** Whether the value of a field is in the file, as it should be. */
  holds({ byteOffset, count, type }: Field): boolean {
    return byteOffset + count * typeSizes[type]! <= this.byteLength;
  }

  /** Numbers of a field, rationals divided. @throws TesseraError gone if they are too many, or not in the file. */
  async numbers(field: Field): Promise<Float64Array> {
    const get = getters[field.type];
    if (!get) throw damaged(`field ${field.code} of it is not a number`);
    if (field.count > maxSegmentCount) throw damaged(`field ${field.code} of it claims ${field.count} values`);
    const size = typeSizes[field.type]!;
    const view = viewOf(await this.#window.read(field.byteOffset, field.count * size));
    const values = new Float64Array(field.count);
    for (let index = 0; index < values.length; index++) values[index] = get(view, index * size, this.isLittleEndian);
    return values;
  }

  /** Bytes of a field as they are. */
  async bytes(field: Field): Promise<Uint8Array> {
    const byteLength = field.count * typeSizes[field.type]!;
    if (byteLength > maxValueByteLength) throw damaged(`field ${field.code} of it claims ${byteLength} bytes`);
    return this.#window.read(field.byteOffset, byteLength);
  }

  /** A range of the file. */
  read(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    return this.#window.read(byteOffset, byteLength);
  }

  /** Undefined for a type that is not known: the specification asks readers to pass it over. */
  #field(list: DataView, at: number, listOffset: number): Field | undefined {
    const type = list.getUint16(at + 2, this.isLittleEndian);
    const size = typeSizes[type];
    if (size === undefined) return undefined;
    const count = this.#isBig ? Number(list.getBigUint64(at + 4, this.isLittleEndian)) : list.getUint32(at + 4, this.isLittleEndian);
    const valueAt = at + (this.#isBig ? 12 : 8);
    const isInside = count * size <= (this.#isBig ? 8 : 4);
    const byteOffset = isInside ? listOffset + valueAt : this.#offset(list, valueAt);
    return { code: list.getUint16(at, this.isLittleEndian), type, count, byteOffset };
  }

  #offset(view: DataView, at: number): number {
    return this.#isBig ? Number(view.getBigUint64(at, this.isLittleEndian)) : view.getUint32(at, this.isLittleEndian);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
