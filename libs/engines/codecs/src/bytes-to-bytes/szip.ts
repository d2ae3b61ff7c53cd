import { TesseraError, type Codec } from '@tessera/domain';
import { decodeAdaptiveEntropy } from '../bits/adaptive-entropy.ts';

const headerByteLength = 4;
/** Of HDF5's options (H5Z_FILTER_SZIP), those that change what is stored. */
const optionBigEndian = 16;
const optionNearestNeighbour = 32;

interface Szip {
  readonly isBigEndian: boolean;
  readonly isPreprocessed: boolean;
  readonly pixelsPerBlock: number;
  readonly bitsPerPixel: number;
  readonly pixelsPerScanline: number;
}

/**
 * HDF5's filter 4: the decoded length (u32, little-endian), then the pixels in the adaptive entropy coding of
 * CCSDS 121.0-B-3. Each scanline is an interval, filled up to whole blocks. Pixels of 32 and 64 bits are coded as
 * their bytes: all first ones, then all second ones, and so on.
 */
export const szipCodec: Codec = {
  name: 'szip',
  kind: 'bytes-to-bytes',
  resolve(configuration, { maxByteLength }) {
    const szip = parseConfiguration(configuration);
    // Scanlines have at least one block: filling up at most doubles them.
    return { decode: (bytes) => decodeSzip(bytes, szip, maxByteLength), maxEncodedByteLength: 3 * maxByteLength + 4096 };
  },
};

function parseConfiguration({ options, pixels_per_block, bits_per_pixel, pixels_per_scanline }: Readonly<Record<string, unknown>>): Szip {
  const [mask, pixelsPerBlock, bitsPerPixel, pixelsPerScanline] = [options, pixels_per_block, bits_per_pixel, pixels_per_scanline] as number[];
  const isSound = [mask, pixelsPerBlock, bitsPerPixel, pixelsPerScanline].every((value) => Number.isSafeInteger(value))
    && pixelsPerBlock! >= 2 && pixelsPerBlock! <= 64 && pixelsPerBlock! % 2 === 0 && pixelsPerScanline! >= 1 && pixelsPerScanline! <= 2 ** 31
    && bitsPerPixel! >= 1 && (bitsPerPixel! <= 32 || bitsPerPixel === 64);
  if (!isSound) throw new TesseraError('invalid_argument', 'The codec "szip" needs "options", "pixels_per_block" (even, at most 64), "bits_per_pixel" (1 to 32, or 64) and "pixels_per_scanline".');
  return {
    isBigEndian: (mask! & optionBigEndian) !== 0, isPreprocessed: (mask! & optionNearestNeighbour) !== 0,
    pixelsPerBlock: pixelsPerBlock!, bitsPerPixel: bitsPerPixel!, pixelsPerScanline: pixelsPerScanline!,
  };
}

function decodeSzip(bytes: Uint8Array, szip: Szip, maxByteLength: number): Uint8Array {
  if (bytes.byteLength < headerByteLength) throw damaged('it is shorter than its header');
  const byteLength = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (byteLength > maxByteLength) throw damaged(`it claims ${byteLength} bytes, it should have at most ${maxByteLength}`);
  const { pixelsPerBlock, bitsPerPixel, pixelsPerScanline, isPreprocessed, isBigEndian } = szip;
  const isInterleaved = bitsPerPixel === 32 || bitsPerPixel === 64;
  const bitsPerSample = isInterleaved ? 8 : bitsPerPixel;
  const sampleByteLength = bitsPerSample > 16 ? 4 : bitsPerSample > 8 ? 2 : 1;
  const count = Math.ceil(byteLength / sampleByteLength);
  const blocksPerInterval = Math.ceil(pixelsPerScanline / pixelsPerBlock);
  const filledScanline = blocksPerInterval * pixelsPerBlock;
  const scanlines = Math.ceil(count / pixelsPerScanline);
  // The last scanline need not be whole: no more is decoded than is wanted of it.
  const samples = allocateSamples(sampleByteLength, (scanlines - 1) * filledScanline + (count - (scanlines - 1) * pixelsPerScanline));
  decodeAdaptiveEntropy(bytes, headerByteLength, { bitsPerSample, samplesPerBlock: pixelsPerBlock, blocksPerInterval, isPreprocessed }, samples);
  if (filledScanline !== pixelsPerScanline) {
    for (let line = 1; line < scanlines; line++) samples.copyWithin(line * pixelsPerScanline, line * filledScanline, line * filledScanline + pixelsPerScanline);
  }
  const decoded = Buffer.from(samples.buffer, 0, count * sampleByteLength);
  if (isInterleaved) return joinBytes(decoded.subarray(0, byteLength), bitsPerPixel / 8);
  if (isBigEndian && sampleByteLength === 2) decoded.swap16();
  if (isBigEndian && sampleByteLength === 4) decoded.swap32();
  return decoded.subarray(0, byteLength);
}

function allocateSamples(sampleByteLength: number, count: number): Uint8Array | Uint16Array | Uint32Array {
  const length = Math.max(count, 0);
  return sampleByteLength === 4 ? new Uint32Array(length) : sampleByteLength === 2 ? new Uint16Array(length) : new Uint8Array(length);
}

function joinBytes(planes: Uint8Array, pixelByteLength: number): Uint8Array {
  const count = Math.floor(planes.byteLength / pixelByteLength);
  const result = new Uint8Array(planes.byteLength);
  for (let byte = 0; byte < pixelByteLength; byte++) {
    for (let pixel = 0, from = byte * count, to = byte; pixel < count; pixel++, to += pixelByteLength) result[to] = planes[from++]!;
  }
  return result;
}

function damaged(reason: string): TesseraError {
  return new TesseraError('gone', `A chunk of these data could not be decoded (szip): ${reason}.`, { codec: 'szip' });
}
