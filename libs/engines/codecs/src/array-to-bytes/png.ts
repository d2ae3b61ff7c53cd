import { inflate, inflateSync } from 'node:zlib';
import type { Codec } from '@tessera/domain';
import { decompress } from '../bytes-to-bytes/deflate.ts';
import { damaged, parsePngHeader, storedSamples, type PngHeader } from '../images/png-header.ts';
import { filteredByteLength, pngPasses, unfilter, type PngPass } from '../images/png-rows.ts';

/** Profiles, texts and animations that may come with the image. */
const attachmentByteLimit = 64 * 2 ** 20;

/**
 * One PNG image a chunk: rows of samples of a byte, of 16 bits little-endian, or booleans for grey of 1 bit. Grey of 2
 * and 4 bits fills the range of a byte. A palette becomes RGB, with a fourth sample where the palette has transparency.
 */
export const pngCodec: Codec = {
  name: 'png',
  kind: 'array-to-bytes',
  resolve(_configuration, { maxByteLength }) {
    return { decode: (bytes) => decodePng(bytes, maxByteLength), maxEncodedByteLength: maxByteLength * 2 + attachmentByteLimit };
  },
};

async function decodePng(bytes: Uint8Array, maxByteLength: number): Promise<Uint8Array> {
  const header = parsePngHeader(bytes);
  const { palette, data } = readChunks(bytes);
  const samples = header.colourType === 3 ? (palette?.samples ?? 0) : storedSamples[header.colourType];
  if (samples === 0) throw damaged('its palette is missing');
  const sampleByteLength = header.bitDepth === 16 ? 2 : 1;
  // What it claims is checked before anything is decoded.
  if (header.width * header.height * samples * sampleByteLength !== maxByteLength) throw damaged('it has another size than it should have');
  const passes = pngPasses(header);
  const filteredLength = filteredByteLength(passes);
  const filtered = await decompress('png', inflateSync, inflate, data, filteredLength);
  if (filtered.byteLength !== filteredLength) throw damaged('it is cut off');
  const target: Target = { bytes: new Uint8Array(maxByteLength), header, pixelByteLength: samples * sampleByteLength, palette };
  const storedPixelByteLength = Math.max(1, (storedSamples[header.colourType] * header.bitDepth) >> 3);
  let start = 0;
  for (const pass of passes) {
    unfilter(filtered, start, pass, storedPixelByteLength);
    spread(filtered, start, pass, target);
    start += pass.height * (pass.rowByteLength + 1);
  }
  return sampleByteLength === 2 ? Buffer.from(target.bytes.buffer).swap16() : target.bytes;
}

interface Palette {
  readonly samples: 3 | 4;
  /** `samples` bytes a colour. */
  readonly colours: Uint8Array;
}

interface Target {
  readonly bytes: Uint8Array;
  readonly header: PngHeader;
  readonly pixelByteLength: number;
  readonly palette: Palette | undefined;
}

/** The compressed rows, and the palette if there is one (PNG specification, section 5). */
function readChunks(bytes: Uint8Array): { palette: Palette | undefined; data: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let colours: Uint8Array | undefined;
  let alphas: Uint8Array | undefined;
  for (let at = 8; at + 8 <= bytes.byteLength;) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (name === 'IDAT') parts.push(content);
    else if (name === 'PLTE') colours = content;
    else if (name === 'tRNS') alphas = content;
    else if (name === 'IEND') break;
    at += 12 + length;
  }
  return { palette: colours && paletteOf(colours, alphas), data: parts.length === 1 ? parts[0]! : Buffer.concat(parts) };
}

/** 256 colours, whatever the file has: a number beyond its palette is black. */
function paletteOf(rgb: Uint8Array, alphas: Uint8Array | undefined): Palette {
  const samples = alphas ? 4 : 3;
  const colours = new Uint8Array(256 * samples);
  for (let index = 0; index < 256; index++) {
    colours.set(rgb.subarray(index * 3, index * 3 + 3), index * samples);
    if (alphas) colours[index * 4 + 3] = alphas[index] ?? 255;
  }
  return { samples, colours };
}

/** Pixels of a pass at their places in the image. */
function spread(rows: Uint8Array, start: number, pass: PngPass, { bytes, header, pixelByteLength, palette }: Target): void {
  const { bitDepth, colourType, width: imageWidth } = header;
  // Grey of fewer bits fills the range of a byte; numbers of colours stay as they are, and so does a single bit.
  const scale = colourType === 0 && (bitDepth === 2 || bitDepth === 4) ? 255 / ((1 << bitDepth) - 1) : 1;
  for (let row = 0; row < pass.height; row++) {
    const from = start + row * (pass.rowByteLength + 1) + 1;
    const to = ((pass.firstRow + row * pass.rowStep) * imageWidth + pass.firstColumn) * pixelByteLength;
    if (colourType !== 3 && bitDepth >= 8 && pass.columnStep === 1) {
      bytes.set(rows.subarray(from, from + pass.rowByteLength), to);
      continue;
    }
    for (let column = 0; column < pass.width; column++) {
      const at = to + column * pass.columnStep * pixelByteLength;
      if (colourType === 3) copyPixel(palette!.colours, packedSample(rows, from, column, bitDepth) * pixelByteLength, bytes, at, pixelByteLength);
      else if (bitDepth < 8) bytes[at] = packedSample(rows, from, column, bitDepth) * scale;
      else copyPixel(rows, from + column * pixelByteLength, bytes, at, pixelByteLength);
    }
  }
}

function packedSample(rows: Uint8Array, from: number, column: number, bitDepth: number): number {
  const bit = column * bitDepth;
  return (rows[from + (bit >> 3)]! >> (8 - bitDepth - (bit & 7))) & ((1 << bitDepth) - 1);
}

function copyPixel(source: Uint8Array, from: number, target: Uint8Array, to: number, byteLength: number): void {
  for (let byte = 0; byte < byteLength; byte++) target[to + byte] = source[from + byte]!;
}
