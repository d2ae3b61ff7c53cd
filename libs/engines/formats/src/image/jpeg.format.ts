import { TesseraError, parseScalarType, type Format } from '@tessera/domain';
import { ImageBytes } from './image-bytes.ts';
import { imageNode, measured } from './image-node.ts';

const mediaType = 'image/jpeg';

/** Most marker segments that may come before the frame header: profiles and previews are cut into many. */
const maxSegmentCount = 10_000;

/** Bits of a pixel that the shortest JPEG data stand for: a block of 64 takes some bits of any component. */
const storedPixelBits = 1;

/** JPEG images: one array of rows and columns, with a last axis for the colours of those that are not grey. */
export const jpegFormat: Format = {
  name: 'jpeg',
  mediaTypes: [mediaType],
  suffixes: ['.jpg', '.jpeg'],
  isStacked: true,

  sniff: (entry, head) => !entry.isDirectory && isJpeg(head),

  async *index(entry, store, _parameters, call) {
    const file = await measured(entry, store, call);
    const bytes = new ImageBytes(store, file.uri, file.byteLength, call);
    const { precision, height, width, components: samples } = await readFrame(bytes);
    if (precision !== 8 || ![1, 3, 4].includes(samples)) {
      throw new TesseraError('gone', `The JPEG file has ${samples} components of ${precision} bits, which cannot be decoded.`);
    }
    if (height === 0 || width === 0) throw damaged('it claims to have no pixels');
    yield imageNode(file, mediaType, { width, height, samples, dataType: parseScalarType('|u1'), codec: { name: 'jpeg', configuration: { width, samples } }, storedPixelBits });
  },
};

function isJpeg(head: Uint8Array): boolean {
  return head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff;
}

interface Frame {
  readonly precision: number;
  readonly height: number;
  readonly width: number;
  readonly components: number;
}

/** The frame header (ITU-T T.81, B.2.2), wherever it comes before the first scan. */
async function readFrame(bytes: ImageBytes): Promise<Frame> {
  if (!isJpeg(await bytes.read(0, 3))) throw damaged('it does not begin as one');
  for (let at = 2, count = 0; count < maxSegmentCount; count++) {
    const head = await bytes.read(at, 4);
    const marker = head[1]!;
    if (head[0] !== 0xff) throw damaged('a marker is missing');
    if (marker === 0xff) {
      at++;
      continue;
    }
    // SOF0 to SOF15, without DHT, JPG and DAC.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const frame = await bytes.read(at + 4, 6);
      const view = new DataView(frame.buffer, frame.byteOffset);
      return { precision: view.getUint8(0), height: view.getUint16(1), width: view.getUint16(3), components: view.getUint8(5) };
    }
    const length = (head[2]! << 8) | head[3]!;
    if (marker === 0xda || marker === 0xd9 || length < 2) break;
    at += 2 + length;
  }
  throw damaged('it has no frame header');
}

function damaged(what: string): TesseraError {
  return new TesseraError('gone', `The JPEG file is damaged: ${what}.`);
}
