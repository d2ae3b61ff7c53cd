import { TesseraError, parseScalarType, type Format } from '@tessera/domain';
import { ImageBytes } from './image-bytes.ts';
import { imageNode, measured } from './image-node.ts';

const mediaType = 'image/png';
const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Most chunks that may come before the pixels. */
const maxChunkCount = 10_000;

/** Samples of a pixel by colour type: grey, RGB, palette, grey with alpha, RGBA (PNG specification, section 11.2.2). */
const samplesByColourType: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** PNG images: one array of rows and columns, with a last axis for colours. */
export const pngFormat: Format = {
  name: 'png',
  mediaTypes: [mediaType],
  suffixes: ['.png'],
  isStacked: true,

  sniff: (entry, head) => !entry.isDirectory && signature.every((byte, index) => head[index] === byte),

  async *index(entry, store, _parameters, call) {
    const file = await measured(entry, store, call);
    const bytes = new ImageBytes(store, file.uri, file.byteLength, call);
    const header = await bytes.read(0, 33);
    if (!signature.every((byte, index) => header[index] === byte) || nameOf(header, 12) !== 'IHDR') throw damaged('it does not begin as one');
    const view = new DataView(header.buffer, header.byteOffset);
    const [width, height] = [view.getUint32(16), view.getUint32(20)];
    const [bitDepth, colourType] = [header[24]!, header[25]!];
    const stored = samplesByColourType[colourType];
    if (width === 0 || height === 0 || stored === undefined || ![1, 2, 4, 8, 16].includes(bitDepth)) throw damaged('its header makes no sense');
    const samples = colourType === 3 ? await paletteSamples(bytes) : stored;
    const dataType = parseScalarType(bitDepth === 16 ? '<u2' : bitDepth === 1 && colourType === 0 ? '|b1' : '|u1');
    yield imageNode(file, mediaType, { width, height, samples, dataType, codec: { name: 'png' }, storedPixelBits: stored * bitDepth });
  },
};

/** Colours of a palette have a fourth sample if some are transparent: that is said before the first pixel. */
async function paletteSamples(bytes: ImageBytes): Promise<3 | 4> {
  let hasPalette = false;
  for (let at = 33, count = 0; at + 8 <= bytes.byteLength && count < maxChunkCount; count++) {
    const head = await bytes.read(at, 8);
    const name = nameOf(head, 4);
    if (name === 'PLTE') hasPalette = true;
    else if (name === 'tRNS' && hasPalette) return 4;
    else if (name === 'IDAT' && hasPalette) return 3;
    else if (name === 'IDAT' || name === 'IEND') break;
    at += 12 + new DataView(head.buffer, head.byteOffset).getUint32(0);
  }
  throw damaged('its palette is missing');
}

function nameOf(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function damaged(what: string): TesseraError {
  return new TesseraError('gone', `The PNG file is damaged: ${what}.`);
}
