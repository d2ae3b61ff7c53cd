import type { Json, JsonObject } from '@tessera/domain';
import type { Directory, Field, TiffFile } from './directory.ts';
import { maxMetadataCount, maxMetadataTextLength, maxValueByteLength } from './limits.ts';

/** Names of fields (TIFF 6.0 appendix A, its supplements, EXIF, GeoTIFF and GDAL), as metadata have them. Others go by their number. */
const names: Readonly<Record<number, string>> = {
  254: 'NewSubfileType', 255: 'SubfileType', 256: 'ImageWidth', 257: 'ImageLength', 258: 'BitsPerSample', 259: 'Compression', 262: 'PhotometricInterpretation',
  263: 'Threshholding', 266: 'FillOrder', 269: 'DocumentName', 270: 'ImageDescription', 271: 'Make', 272: 'Model', 274: 'Orientation', 277: 'SamplesPerPixel',
  278: 'RowsPerStrip', 280: 'MinSampleValue', 281: 'MaxSampleValue', 282: 'XResolution', 283: 'YResolution', 284: 'PlanarConfiguration', 285: 'PageName',
  286: 'XPosition', 287: 'YPosition', 296: 'ResolutionUnit', 297: 'PageNumber', 305: 'Software', 306: 'DateTime', 315: 'Artist', 316: 'HostComputer',
  317: 'Predictor', 318: 'WhitePoint', 319: 'PrimaryChromaticities', 322: 'TileWidth', 323: 'TileLength', 332: 'InkSet', 338: 'ExtraSamples', 339: 'SampleFormat',
  340: 'SMinSampleValue', 341: 'SMaxSampleValue', 529: 'YCbCrCoefficients', 530: 'YCbCrSubSampling', 531: 'YCbCrPositioning', 532: 'ReferenceBlackWhite',
  32997: 'ImageDepth', 32998: 'TileDepth', 33432: 'Copyright', 33434: 'ExposureTime', 33437: 'FNumber', 33550: 'ModelPixelScaleTag', 33922: 'ModelTiepointTag',
  34264: 'ModelTransformationTag', 34735: 'GeoKeyDirectoryTag', 34736: 'GeoDoubleParamsTag', 34737: 'GeoAsciiParamsTag', 42112: 'GDAL_METADATA', 42113: 'GDAL_NODATA',
};

/** Where the image lies and what decodes it says nothing of the data: places of strips and tiles, tables, links to other directories. */
const leftOut = new Set([273, 279, 288, 289, 324, 325, 330, 347, 513, 514, 519, 520, 521, 34665, 34853, 40965]);

const ascii = 2;
const unspecified = 7;

/** The fields of an image as metadata: texts, numbers, lists of numbers. Long and binary ones are left out. */
export async function tagMetadata(file: TiffFile, directory: Directory): Promise<JsonObject> {
  const metadata: Record<string, Json> = {};
  for (const field of directory.fields.values()) {
    if (leftOut.has(field.code)) continue;
    const value = await valueOf(file, field);
    if (value !== undefined) metadata[names[field.code] ?? String(field.code)] = value;
  }
  return metadata;
}

async function valueOf(file: TiffFile, field: Field): Promise<Json | undefined> {
  // What metadata are damaged is left out: the image may be sound.
  if (field.type === unspecified || field.count === 0 || !file.holds(field)) return undefined;
  if (field.type === ascii) return field.count <= maxMetadataTextLength ? textOf(await file.bytes(field)) : undefined;
  if (field.count > maxMetadataCount) return undefined;
  const values = Array.from(await file.numbers(field), (value) => (Number.isFinite(value) ? value : null));
  return values.length === 1 ? values[0]! : values;
}

/** The text of a field, whole; undefined if there is no field, or it is no text. */
export async function fieldText(file: TiffFile, field: Field | undefined): Promise<string | undefined> {
  // Some writers call their UTF-8 bytes.
  return field && file.holds(field) && field.count <= maxValueByteLength && (field.type === ascii || field.type === 1 || field.type === unspecified) ? textOf(await file.bytes(field)) : undefined;
}

/** Up to the first NUL; UTF-8, or Latin-1 if it is not that. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text).trim();
  } catch {
    return new TextDecoder('latin1').decode(text).trim();
  }
}
