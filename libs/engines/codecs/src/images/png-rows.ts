import { damaged, storedSamples, type PngHeader } from './png-header.ts';

/** Part of an image that is filtered by itself: all of it, or one of the seven passes of Adam7. */
export interface PngPass {
  readonly firstColumn: number;
  readonly firstRow: number;
  readonly columnStep: number;
  readonly rowStep: number;
  readonly width: number;
  readonly height: number;
  readonly rowByteLength: number;
}

/** First column, first row, and steps of Adam7 (PNG specification, section 8.1). */
const adam7 = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]] as const;

/** The passes that are there: narrow images lack some. */
export function pngPasses({ width, height, bitDepth, colourType, isInterlaced }: PngHeader): PngPass[] {
  const layout = isInterlaced ? adam7 : ([[0, 0, 1, 1]] as const);
  return layout.flatMap(([firstColumn, firstRow, columnStep, rowStep]) => {
    const columns = Math.ceil((width - firstColumn) / columnStep);
    const rows = Math.ceil((height - firstRow) / rowStep);
    if (columns <= 0 || rows <= 0) return [];
    return [{ firstColumn, firstRow, columnStep, rowStep, width: columns, height: rows, rowByteLength: Math.ceil((columns * storedSamples[colourType] * bitDepth) / 8) }];
  });
}

/** Bytes of all passes: each row begins with the number of its filter. */
export function filteredByteLength(passes: readonly PngPass[]): number {
  return passes.reduce((sum, { height, rowByteLength }) => sum + height * (rowByteLength + 1), 0);
}

/**
 * Undoes the filters of `height` rows from `start` on, in place, bytes of filter numbers left where they are
 * (PNG specification, section 9). `pixelByteLength` is at least 1. @throws TesseraError gone for a filter that is none.
 */
export function unfilter(bytes: Uint8Array, start: number, { height, rowByteLength }: PngPass, pixelByteLength: number): void {
  let above = -1;
  for (let row = 0, at = start; row < height; row++, at += rowByteLength + 1) {
    const first = at + 1;
    const end = first + rowByteLength;
    const filter = bytes[at]!;
    if (filter === 1) addLeft(bytes, first, end, pixelByteLength);
    else if (filter === 2 && above >= 0) addAbove(bytes, first, end, above);
    else if (filter === 3) addAverage(bytes, first, end, above, pixelByteLength);
    else if (filter === 4) addPaeth(bytes, first, end, above, pixelByteLength);
    else if (filter > 4) throw damaged(`it names a filter ${filter}`);
    above = first;
  }
}

function addLeft(bytes: Uint8Array, first: number, end: number, pixel: number): void {
  for (let at = first + pixel; at < end; at++) bytes[at] = bytes[at]! + bytes[at - pixel]!;
}

function addAbove(bytes: Uint8Array, first: number, end: number, above: number): void {
  for (let at = first, up = above; at < end; at++, up++) bytes[at] = bytes[at]! + bytes[up]!;
}

function addAverage(bytes: Uint8Array, first: number, end: number, above: number, pixel: number): void {
  for (let at = first; at < end; at++) {
    const left = at - pixel >= first ? bytes[at - pixel]! : 0;
    const up = above >= 0 ? bytes[above + at - first]! : 0;
    bytes[at] = bytes[at]! + ((left + up) >> 1);
  }
}

function addPaeth(bytes: Uint8Array, first: number, end: number, above: number, pixel: number): void {
  if (above < 0) return addLeft(bytes, first, end, pixel);
  const head = Math.min(first + pixel, end);
  addAbove(bytes, first, head, above);
  for (let at = head, up = above + pixel; at < end; at++, up++) {
    const left = bytes[at - pixel]!;
    const top = bytes[up]!;
    const corner = bytes[up - pixel]!;
    const estimate = left + top - corner;
    const toLeft = Math.abs(estimate - left);
    const toTop = Math.abs(estimate - top);
    const toCorner = Math.abs(estimate - corner);
    bytes[at] = bytes[at]! + (toLeft <= toTop && toLeft <= toCorner ? left : toTop <= toCorner ? top : corner);
  }
}
