import type { CodecSpec } from '@tessera/domain';
import { unsupported } from './damage.ts';
import type { Page } from './page.ts';
import { isPacked } from './page-type.ts';

/** Codecs of compressions that know bytes alone (TIFF 6.0, sections 9 and 13; technical notes; registered numbers). */
const compressors: Readonly<Record<number, CodecSpec | undefined>> = {
  5: { name: 'tiff_lzw' },
  8: { name: 'zlib' },
  32773: { name: 'tiff_packbits' },
  32946: { name: 'zlib' },
  34925: { name: 'lzma' },
  50000: { name: 'zstd' },
};

const otherCompressions: Readonly<Record<number, string>> = {
  2: 'CCITT RLE', 3: 'CCITT T.4', 4: 'CCITT T.6', 6: 'old-style JPEG', 34661: 'JBIG', 34712: 'JPEG 2000', 34887: 'LERC', 50001: 'WebP', 50002: 'JPEG XL', 52546: 'JPEG XL',
};

/**
 * How strips or tiles become elements, in encoding order.
 * @throws TesseraError gone, naming what cannot be decoded.
 */
export function codecsOf(page: Page, isLittleEndian: boolean): CodecSpec[] {
  const { compression } = page;
  if (compression === 7) return [jpegCodec(page)];
  const compressor = compressors[compression];
  if (compression !== 1 && !compressor) {
    throw unsupported(`This TIFF file is compressed with method ${compression}${otherCompressions[compression] ? ` (${otherCompressions[compression]})` : ''}, which cannot be decoded`);
  }
  if (page.isSubsampled) throw unsupported('This TIFF file has colours at a lower resolution than brightness without JPEG compression, which cannot be read');
  return [
    ...elementCodecs(page, isLittleEndian),
    ...(compressor ? [compressor] : []),
    ...(page.fillOrder === 2 ? [{ name: 'reverse_bits' }] : []),
  ];
}

function elementCodecs(page: Page, isLittleEndian: boolean): CodecSpec[] {
  const { predictor, bits, segmentWidth: width, chunkySamples: samples } = page;
  if (isPacked(page)) {
    if (predictor !== 1) throw unsupported(`This TIFF file has a predictor over samples of ${bits} bits, which cannot be undone`);
    return [{ name: 'packed_integers', configuration: { bits, rowLength: width * samples } }];
  }
  const bytes: CodecSpec = bits > 8 ? { name: 'bytes', configuration: { endian: isLittleEndian ? 'little' : 'big' } } : { name: 'bytes' };
  if (predictor === 1) return [bytes];
  if (predictor === 2 && page.sampleFormat !== 6) return [{ name: 'tiff_predictor', configuration: { width, samples } }, bytes];
  if (predictor === 3 && page.sampleFormat === 3) return [{ name: 'tiff_float_predictor', configuration: { width, samples } }];
  throw unsupported(`This TIFF file has predictor ${predictor} over samples of format ${page.sampleFormat}, which cannot be undone`);
}

/** Each strip or tile is a JPEG, its tables in common (TIFF technical note 2). */
function jpegCodec(page: Page): CodecSpec {
  if (page.bits !== 8 || page.sampleFormat !== 1) throw unsupported(`This TIFF file holds JPEG data of ${page.bits} bits a sample, which cannot be decoded`);
  const { segmentWidth: width, chunkySamples: samples, jpegTables: tables, photometric, hasExtraSamples } = page;
  const height = page.axes.find(({ name }) => name === 'Y')!.segmentLength;
  // YCbCr is what three components are unless something says otherwise.
  const isRgb = samples === 3 && photometric === 2 && !hasExtraSamples;
  return { name: 'jpeg', configuration: { width, height, samples, ...(tables ? { tables } : {}), ...(isRgb ? { colour: 'rgb' } : {}), ...(samples === 4 ? { asStored: true } : {}) } };
}
