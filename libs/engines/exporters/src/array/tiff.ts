// TIFF 6.0 and BigTIFF, uncompressed, in the array's own type and byte order: a page an image. All directories stand
// before the pixels, whose places are known beforehand, so that the file is written from front to back.
import { TesseraError, elementCount, isStruct, type ScalarType } from '@tessera/domain';
import type { ArrayExporter, ArraySource } from '../exporter.ts';
import { bigLayout, classicLayout, directoryBytes, headerBytes, type DirectoryEntry, type TiffLayout } from './tiff-directory.ts';

/** Classic TIFF counts bytes with 32 bits; room is left for what readers add. */
const maxClassicByteLength = 2 ** 32 - 2 ** 20;
const maxSideLength = 2 ** 32 - 1;
/** Directories are read one after the other by every reader. */
const maxPageCount = 1_000_000;
/** Directories written at a time. */
const pageBatch = 512;

/** Pages of rows and columns, in colours if a last axis of 3 or 4 follows; leading axes are pages. */
export const tiffExporter: ArrayExporter = {
  export(source, options) {
    return writeTiff(source, pagesOf(source, options.mediaType));
  },
};

interface Pages {
  readonly width: number;
  readonly height: number;
  readonly samples: 1 | 3 | 4;
  readonly count: number;
  readonly type: ScalarType;
}

/** How many axes TIFF takes as pages, rows, columns and colours. */
const maxAxes = 4;

function pagesOf({ dataType, shape }: ArraySource, mediaType: string): Pages {
  const unfit = (what: string) => new TesseraError('not_acceptable', `This type is supported in general but there was an error packing this specific data: ${what}.`);
  if (isStruct(dataType) || sampleFormat(dataType) === undefined) throw unfit('TIFF has numbers only');
  if (elementCount(shape) === 0) throw unfit('TIFF has no empty images');
  if (shape.length > maxAxes) {
    throw new TesseraError('not_acceptable', `The shape of this data (${shape.join(', ')}) is incompatible with the requested format (${mediaType}). Slice it or choose a different format.`);
  }
  // A page of three columns is taken for colours where there is another axis for the columns.
  const samples = shape.length > 2 && (shape.at(-1) === 3 || shape.at(-1) === 4) ? (shape.at(-1) as 3 | 4) : 1;
  const planes = samples === 1 ? shape : shape.slice(0, -1);
  const width = planes.at(-1) ?? 1;
  const height = planes.at(-2) ?? 1;
  const count = elementCount(planes.slice(0, -2));
  if (Math.max(width, height) > maxSideLength || count > maxPageCount) {
    throw new TesseraError('too_large', `A TIFF may have ${maxPageCount} pages with sides of ${maxSideLength}. Use slicing ('?slice=...') to request less.`);
  }
  return { width, height, samples, count, type: dataType };
}

/** SampleFormat (TIFF 6.0, section 19): 1 unsigned, 2 signed, 3 IEEE float, 6 complex float (TIFF technical note). */
function sampleFormat({ kind, itemsize }: ScalarType): number | undefined {
  if (kind === 'f' && itemsize > 8) return undefined;
  if (kind === 'c' && itemsize > 16) return undefined;
  return { u: 1, b: 1, i: 2, f: 3, c: 6 }[kind as string];
}

async function* writeTiff({ bytes, shape }: ArraySource, pages: Pages): AsyncGenerator<Uint8Array> {
  const pageByteLength = pages.width * pages.height * pages.samples * pages.type.itemsize;
  const isBigEndian = pages.type.endianness === 'big';
  const description = Buffer.from(`${JSON.stringify({ shape })}\0`, 'latin1');
  const first = directory(pages, 0, description);
  const other = directory(pages, 0);
  const sizeBy = (layout: TiffLayout) => layout.headerByteLength + directoryBytes(first, 0, 0, layout, isBigEndian).byteLength
    + (pages.count - 1) * directoryBytes(other, 0, 0, layout, isBigEndian).byteLength;
  const isClassic = sizeBy(classicLayout) + pageByteLength * pages.count <= maxClassicByteLength;
  const layout = isClassic ? classicLayout : bigLayout;
  const pixelStart = sizeBy(layout);
  let at = layout.headerByteLength;
  let gathered: Uint8Array[] = [headerBytes(layout, at, isBigEndian)];
  for (let page = 0; page < pages.count; page++) {
    const entries = directory(pages, pixelStart + page * pageByteLength, page === 0 ? description : undefined);
    const written = directoryBytes(entries, at, page === pages.count - 1 ? 0 : 'next', layout, isBigEndian);
    gathered.push(written);
    at += written.byteLength;
    if (gathered.length < pageBatch) continue;
    yield Buffer.concat(gathered);
    gathered = [];
  }
  yield Buffer.concat(gathered);
  yield* bytes;
}

/** One strip a page (TIFF 6.0, section 8); the first page says what the whole is, as readers of scientific TIFF know it. */
function directory({ width, height, samples, type }: Pages, stripByteOffset: number, description?: Uint8Array): DirectoryEntry[] {
  const isColor = samples > 1;
  return [
    { tag: 256, type: 'long', values: [width] },
    { tag: 257, type: 'long', values: [height] },
    { tag: 258, type: 'short', values: new Array<number>(samples).fill(type.itemsize * 8) },
    { tag: 259, type: 'short', values: [1] },
    { tag: 262, type: 'short', values: [isColor ? 2 : 1] },
    ...(description ? [{ tag: 270, type: 'ascii', values: [...description] } as const] : []),
    { tag: 273, type: 'offset', values: [stripByteOffset] },
    { tag: 277, type: 'short', values: [samples] },
    { tag: 278, type: 'long', values: [height] },
    { tag: 279, type: 'offset', values: [width * height * samples * type.itemsize] },
    { tag: 284, type: 'short', values: [1] },
    // The fourth sample is transparency that is not multiplied in.
    ...(samples === 4 ? [{ tag: 338, type: 'short', values: [2] } as const] : []),
    { tag: 339, type: 'short', values: new Array<number>(samples).fill(sampleFormat(type)!) },
  ];
}
