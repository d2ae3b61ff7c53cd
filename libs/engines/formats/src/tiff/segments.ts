import { elementCount } from '@tessera/domain';
import { damaged } from './damage.ts';
import type { TiffFile } from './directory.ts';
import { maxSegmentCount } from './limits.ts';
import { codes, type Page } from './page.ts';

/** Where the strips or tiles of one image lie, in the order of the file: planes, depth, rows, columns. An offset of 0 = never written. */
export interface Segments {
  readonly byteOffsets: Float64Array;
  readonly byteLengths: Float64Array;
}

/** How many strips or tiles an image has. */
export function segmentCount(page: Page): number {
  const count = page.axes.reduce((product, { length, segmentLength }) => product * Math.ceil(length / segmentLength), 1);
  if (count > maxSegmentCount) throw damaged(`an image in it claims ${count} strips or tiles`);
  return count;
}

/** Bytes of so many rows of a strip or tile without compression. Rows end at whole bytes. */
function plainByteLength(page: Page, rows: number): number {
  return Math.ceil((page.segmentWidth * page.chunkySamples * page.bits) / 8) * rows;
}

/** @throws TesseraError gone if the fields that say so are missing, too short, or point outside the file. */
export async function readSegments(file: TiffFile, page: Page): Promise<Segments> {
  const count = segmentCount(page);
  const byteOffsets = await list(file, page, [codes.tileOffsets, codes.stripOffsets]);
  if (!byteOffsets || byteOffsets.length < count) throw damaged('an image in it does not tell where all its strips or tiles are');
  const listed = await list(file, page, [codes.tileByteCounts, codes.stripByteCounts]);
  const byteLengths = listed && listed.length >= count ? listed : assumedLengths(page, count, listed);
  const segments = { byteOffsets: byteOffsets.subarray(0, count), byteLengths: byteLengths.subarray(0, count) };
  for (let index = 0; index < count; index++) {
    const byteOffset = segments.byteOffsets[index]!;
    if (byteOffset === 0 || segments.byteLengths[index] === 0) continue;
    if (!(byteOffset > 0 && byteOffset < file.byteLength)) throw damaged('a part of its data lies beyond its end, so it is cut off');
    // The last of a file is sometimes said to be longer than it is; without compression, that shows below.
    segments.byteLengths[index] = Math.min(segments.byteLengths[index]!, file.byteLength - byteOffset);
  }
  return page.compression === 1 ? plainSegments(page, segments) : segments;
}

async function list(file: TiffFile, page: Page, candidates: readonly number[]): Promise<Float64Array | undefined> {
  for (const code of candidates) {
    const field = page.directory.fields.get(code);
    if (field) return file.numbers(field);
  }
  return undefined;
}

/** Old writers leave the lengths out where they can be reckoned. */
function assumedLengths(page: Page, count: number, listed: Float64Array | undefined): Float64Array {
  if (page.compression !== 1 || listed) throw damaged('an image in it does not tell how long its strips or tiles are');
  return new Float64Array(count).fill(Infinity);
}

/** Without compression, the lengths that the image has by its shape. */
function plainSegments(page: Page, { byteOffsets, byteLengths }: Segments): Segments {
  const rowAxis = page.axes.findIndex(({ name }) => name === 'Y');
  const { length, segmentLength } = page.axes[rowAxis]!;
  const stripsPerPlane = Math.ceil(length / segmentLength);
  const depth = page.isTiled ? (page.axes.find(({ name }) => name === 'Z')?.segmentLength ?? 1) : 1;
  for (let index = 0; index < byteOffsets.length; index++) {
    if (byteOffsets[index] === 0 || byteLengths[index] === 0) continue;
    const rows = page.isTiled ? segmentLength * depth : Math.min(segmentLength, length - (index % stripsPerPlane) * segmentLength);
    const wanted = plainByteLength(page, rows);
    if (byteLengths[index]! < wanted) throw damaged('a strip or tile of it is shorter than it should be, so a part of the data is missing');
    byteLengths[index] = wanted;
  }
  return { byteOffsets, byteLengths };
}

/** Where the image begins if all of it lies in one run, in C order, as it is; undefined if not. */
export function runOffset(page: Page, { byteOffsets, byteLengths }: Segments): number | undefined {
  const isPlain = page.compression === 1 && page.fillOrder !== 2 && page.bits % 8 === 0 && !page.isSubsampled;
  const isInOrder = !page.isTiled || page.axes.every(({ name, length, segmentLength }) => (name === 'Y' ? length % segmentLength === 0 : name === 'Z' ? segmentLength === 1 : length === segmentLength || name === 'S'));
  if (!isPlain || !isInOrder) return undefined;
  for (let index = 0; index < byteOffsets.length; index++) {
    if (byteOffsets[index] === 0 || byteLengths[index] === 0) return undefined;
    if (index > 0 && byteOffsets[index - 1]! + byteLengths[index - 1]! !== byteOffsets[index]) return undefined;
  }
  return byteOffsets[0];
}

/** Bytes of the whole image, uncompressed and of whole bytes a sample. */
export function imageByteLength(page: Page): number {
  return elementCount(page.axes.map(({ length }) => length)) * (page.bits / 8);
}
