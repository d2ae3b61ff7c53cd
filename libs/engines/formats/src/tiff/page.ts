import { damaged, unsupported } from './damage.ts';
import type { Directory, TiffFile } from './directory.ts';

/** Codes of the fields that say how an image is stored (TIFF 6.0, part 2 and 3; 32997, 32998: SGI volumes; 33629: MetaMorph; 42113: GDAL). */
export const codes = {
  newSubfileType: 254, imageWidth: 256, imageLength: 257, bitsPerSample: 258, compression: 259, photometric: 262, fillOrder: 266,
  imageDescription: 270, stripOffsets: 273, samplesPerPixel: 277, rowsPerStrip: 278, stripByteCounts: 279, planarConfiguration: 284,
  predictor: 317, tileWidth: 322, tileLength: 323, tileOffsets: 324, tileByteCounts: 325, extraSamples: 338, sampleFormat: 339,
  jpegTables: 347, yCbCrSubSampling: 530, imageDepth: 32997, tileDepth: 32998, metaMorphPlanes: 33629, gdalNoData: 42113,
} as const;

/** One axis of an image, and how long its strips or tiles are along it. */
export interface PageAxis {
  readonly name: 'S' | 'Z' | 'Y' | 'X';
  readonly length: number;
  readonly segmentLength: number;
}

/** An image as its directory describes it. */
export interface Page {
  readonly directory: Directory;
  readonly bits: number;
  /** 1 unsigned, 2 signed, 3 float, 6 complex. */
  readonly sampleFormat: number;
  readonly photometric: number;
  readonly compression: number;
  readonly predictor: number;
  readonly fillOrder: number;
  readonly hasExtraSamples: boolean;
  readonly isPlanar: boolean;
  readonly isTiled: boolean;
  /** Samples in planes, depth, rows, columns, samples side by side; those that every image has and those longer than 1. */
  readonly axes: readonly PageAxis[];
  /** Columns of a strip or tile, and samples side by side. */
  readonly segmentWidth: number;
  readonly chunkySamples: number;
  /** Whether colours are stored at a lower resolution than brightness. */
  readonly isSubsampled: boolean;
  /** What JPEG strips or tiles have in common, base64. */
  readonly jpegTables?: string;
  /** Equal for images that make up one array. */
  readonly key: string;
}

/** @throws TesseraError gone if the directory does not describe an image. */
export async function readPage(file: TiffFile, directory: Directory): Promise<Page> {
  const all = async (code: number): Promise<ArrayLike<number> | undefined> => {
    const field = directory.fields.get(code);
    return field && field.count > 0 ? file.numbers(field) : undefined;
  };
  const one = async (code: number, fallback: number): Promise<number> => (await all(code))?.[0] ?? fallback;

  const width = length('width', await one(codes.imageWidth, 0));
  const rows = length('height', await one(codes.imageLength, 0));
  const depth = length('depth', await one(codes.imageDepth, 1));
  const samples = length('number of samples', await one(codes.samplesPerPixel, 1));
  const photometric = await one(codes.photometric, -1);
  const compression = await one(codes.compression, 1);
  const isPlanar = await one(codes.planarConfiguration, 1) === 2;
  const isTiled = directory.fields.has(codes.tileWidth);
  const rowsPerStrip = Math.min(await one(codes.rowsPerStrip, rows), rows);
  const segment = isTiled
    ? { width: await one(codes.tileWidth, 0), rows: await one(codes.tileLength, 0), depth: await one(codes.tileDepth, 1) }
    : { width, rows: rowsPerStrip, depth: 1 };
  const chunkySamples = isPlanar ? 1 : samples;
  const hasSampleAxis = samples > 1 || photometric === 2;
  const axes: PageAxis[] = [
    ...(isPlanar && hasSampleAxis ? [{ name: 'S' as const, length: samples, segmentLength: 1 }] : []),
    ...(depth > 1 ? [{ name: 'Z' as const, length: depth, segmentLength: length('tile depth', segment.depth) }] : []),
    { name: 'Y', length: rows, segmentLength: length('strip or tile height', segment.rows) },
    { name: 'X', length: width, segmentLength: length('tile width', segment.width) },
    ...(!isPlanar && hasSampleAxis ? [{ name: 'S' as const, length: samples, segmentLength: samples }] : []),
  ];
  const subsampling = await all(codes.yCbCrSubSampling);
  const page = {
    directory, photometric, isPlanar, isTiled, axes, chunkySamples,
    segmentWidth: segment.width,
    bits: same('bits a sample', await all(codes.bitsPerSample) ?? [1], samples),
    sampleFormat: same('sample formats', await all(codes.sampleFormat) ?? [1], samples),
    compression,
    // Without compression libtiff neither applies a predictor nor undoes one, though the field may be there.
    predictor: compression === 1 ? 1 : await one(codes.predictor, 1),
    fillOrder: await one(codes.fillOrder, 1),
    hasExtraSamples: directory.fields.has(codes.extraSamples),
    isSubsampled: photometric === 6 && (subsampling === undefined || subsampling[0] !== 1 || subsampling[1] !== 1),
  };
  const tables = page.compression === 7 ? directory.fields.get(codes.jpegTables) : undefined;
  const jpegTables = tables && Buffer.from(await file.bytes(tables)).toString('base64');
  return { ...page, ...(jpegTables ? { jpegTables } : {}), key: keyOf(page) };
}

function keyOf({ axes, bits, sampleFormat, compression, predictor, fillOrder, photometric, isPlanar, isTiled, segmentWidth }: Omit<Page, 'key'>): string {
  return JSON.stringify([axes.map(({ name, length: whole, segmentLength }) => [name, whole, segmentLength]), bits, sampleFormat, compression, predictor, fillOrder, photometric, isPlanar, isTiled, segmentWidth]);
}

function length(what: string, value: number): number {
  if (Number.isInteger(value) && value > 0 && value <= 2 ** 32) return value;
  throw damaged(`the ${what} of an image in it is ${value}`);
}

/** The one value of all samples. Some writers list it once, others for more samples than there are. */
function same(what: string, values: ArrayLike<number>, samples: number): number {
  for (let index = 1; index < Math.min(values.length, samples); index++) {
    if (values[index] !== values[0]) throw unsupported(`The samples of an image in this TIFF file have different ${what}, which cannot be read`);
  }
  return values[0]!;
}
