// Image file directories of TIFF (TIFF 6.0, section 2) and BigTIFF (its 64-bit form), as bytes.

export interface DirectoryEntry {
  readonly tag: number;
  /** `offset` counts bytes: 32 bits in TIFF, 64 in BigTIFF. */
  readonly type: 'ascii' | 'short' | 'long' | 'offset';
  readonly values: readonly number[];
}

export interface TiffLayout {
  readonly isBig: boolean;
  readonly headerByteLength: number;
  /** Bytes of an offset, and of the values that an entry holds itself. */
  readonly wordByteLength: 4 | 8;
}

export const classicLayout: TiffLayout = { isBig: false, headerByteLength: 8, wordByteLength: 4 };
export const bigLayout: TiffLayout = { isBig: true, headerByteLength: 16, wordByteLength: 8 };

/** The beginning of the file. */
export function headerBytes({ isBig, headerByteLength }: TiffLayout, firstDirectory: number, isBigEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(headerByteLength);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isBigEndian ? 0x4d4d : 0x4949);
  view.setUint16(2, isBig ? 43 : 42, !isBigEndian);
  if (isBig) {
    view.setUint16(4, 8, !isBigEndian);
    view.setBigUint64(8, BigInt(firstDirectory), !isBigEndian);
  } else {
    view.setUint32(4, firstDirectory, !isBigEndian);
  }
  return bytes;
}

/**
 * A directory that starts at `byteOffset`, followed by the values that do not fit into its entries.
 * @param next where the next directory is: right behind this one, or nowhere
 */
export function directoryBytes(entries: readonly DirectoryEntry[], byteOffset: number, next: 'next' | 0, layout: TiffLayout, isBigEndian: boolean): Uint8Array {
  const { isBig, wordByteLength } = layout;
  const entryByteLength = isBig ? 20 : 12;
  const countByteLength = isBig ? 8 : 2;
  const tableByteLength = countByteLength + entries.length * entryByteLength + wordByteLength;
  const outside = entries.map((entry) => {
    const length = entry.values.length * valueByteLength(entry, layout);
    return length > wordByteLength ? evenly(length) : 0;
  });
  const byteLength = evenly(tableByteLength) + outside.reduce((sum, length) => sum + length, 0);
  const bytes = new Uint8Array(byteLength);
  const view = new DataView(bytes.buffer);
  const setWord = (at: number, value: number) => (isBig ? view.setBigUint64(at, BigInt(value), !isBigEndian) : view.setUint32(at, value, !isBigEndian));
  if (isBig) view.setBigUint64(0, BigInt(entries.length), !isBigEndian);
  else view.setUint16(0, entries.length, !isBigEndian);
  let outsideAt = evenly(tableByteLength);
  entries.forEach((entry, index) => {
    const at = countByteLength + index * entryByteLength;
    view.setUint16(at, entry.tag, !isBigEndian);
    view.setUint16(at + 2, typeNumber(entry, layout), !isBigEndian);
    setWord(at + 4, entry.values.length);
    const inlineAt = at + 4 + wordByteLength;
    const isOutside = outside[index]! > 0;
    if (isOutside) setWord(inlineAt, byteOffset + outsideAt);
    const length = valueByteLength(entry, layout);
    entry.values.forEach((value, place) => setValue(view, (isOutside ? outsideAt : inlineAt) + place * length, value, length, !isBigEndian));
    outsideAt += outside[index]!;
  });
  setWord(tableByteLength - wordByteLength, next === 'next' ? byteOffset + byteLength : 0);
  return bytes;
}

/** Offsets of directories and values are even (TIFF 6.0, section 2). */
function evenly(length: number): number {
  return length + (length % 2);
}

function valueByteLength({ type }: DirectoryEntry, { wordByteLength }: TiffLayout): number {
  return { ascii: 1, short: 2, long: 4, offset: wordByteLength }[type];
}

/** Numbers of the types: 2 ASCII, 3 SHORT, 4 LONG, 16 LONG8. */
function typeNumber({ type }: DirectoryEntry, { isBig }: TiffLayout): number {
  return { ascii: 2, short: 3, long: 4, offset: isBig ? 16 : 4 }[type];
}

function setValue(view: DataView, at: number, value: number, byteLength: number, isLittle: boolean): void {
  if (byteLength === 1) view.setUint8(at, value);
  else if (byteLength === 2) view.setUint16(at, value, isLittle);
  else if (byteLength === 4) view.setUint32(at, value, isLittle);
  else view.setBigUint64(at, BigInt(value), isLittle);
}
