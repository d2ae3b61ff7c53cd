import { TesseraError } from '@tessera/domain';

/** The facts of a PNG image that its pixels depend on (PNG specification, third edition, section 11.2). */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  readonly isInterlaced: boolean;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const depths: Readonly<Record<number, readonly number[]>> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };

/** Samples of a pixel as stored, by colour type. */
export const storedSamples: Readonly<Record<PngHeader['colourType'], number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** @throws TesseraError gone if the bytes do not begin as a PNG image. */
export function parsePngHeader(bytes: Uint8Array): PngHeader {
  const isPng = bytes.byteLength >= 33 && signature.every((byte, index) => bytes[index] === byte);
  if (!isPng || String.fromCharCode(...bytes.subarray(12, 16)) !== 'IHDR') throw damaged('it does not begin as a PNG image');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height, bitDepth, colourType, compression, filter, interlace] = [view.getUint32(16), view.getUint32(20), ...bytes.subarray(24, 29)] as number[];
  const isSound = width! > 0 && height! > 0 && depths[colourType!]?.includes(bitDepth!) && compression === 0 && filter === 0 && interlace! <= 1;
  if (!isSound) throw damaged('its header makes no sense');
  return { width: width!, height: height!, bitDepth: bitDepth!, colourType: colourType as PngHeader['colourType'], isInterlaced: interlace === 1 };
}

export function damaged(what: string): TesseraError {
  return new TesseraError('gone', `A chunk of these data could not be decoded (png): ${what}.`, { codec: 'png' });
}
