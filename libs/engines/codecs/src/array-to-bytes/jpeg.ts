import { TesseraError, elementCount, type Codec } from '@tessera/domain';
import sharp from 'sharp';
import { damaged, joinJpeg, jpegFrame, type JpegFrame } from '../images/jpeg-frame.ts';

/** Profiles, previews and comments that may come with the data. */
const attachmentByteLimit = 64 * 2 ** 20;

interface Layout {
  readonly width: number;
  readonly samples: number;
  /** Rows of an image at most; a chunk at an edge has fewer. */
  readonly height: number;
  readonly rows: number;
  readonly tables: Uint8Array | undefined;
  readonly isRgb: boolean;
  readonly isAsStored: boolean;
}

/**
 * One JPEG image a chunk: rows of `width` pixels of `samples` bytes. YCbCr becomes RGB. `height` is that of images which
 * may be taller than a chunk at an edge. Of TIFF: `tables` (base64) that images have in common, `colour` "rgb" where three
 * components are not YCbCr, `asStored` where four components are not inverted as in files by themselves.
 */
export const jpegCodec: Codec = {
  name: 'jpeg',
  kind: 'array-to-bytes',
  resolve(configuration, { shape, dataType, maxByteLength }) {
    const { width, samples, height, tables, colour, asStored } = configuration;
    const count = elementCount(shape);
    const isSound = isPositive(width) && isPositive(samples) && count % (width * samples) === 0 && dataType.itemsize === 1 && (height === undefined || isPositive(height))
      && (tables === undefined || typeof tables === 'string');
    if (!isSound) throw new TesseraError('invalid_argument', 'The codec jpeg needs a "width" and a number of "samples" that divide its chunks of bytes.');
    const rows = count / (width * samples);
    const layout: Layout = {
      width, samples, rows, height: Math.max(rows, height ?? 0), isRgb: colour === 'rgb', isAsStored: asStored === true,
      tables: tables === undefined ? undefined : new Uint8Array(Buffer.from(tables, 'base64')),
    };
    return { decode: (bytes) => decodeJpeg(bytes, layout), maxEncodedByteLength: maxByteLength * 2 + attachmentByteLimit };
  },
};

async function decodeJpeg(bytes: Uint8Array, layout: Layout): Promise<Uint8Array> {
  const frame = jpegFrame(bytes);
  // What it claims is checked before anything is decoded.
  if (frame.precision !== 8) throw damaged(`it has ${frame.precision} bits a sample, only 8 are decoded`);
  if (frame.components !== layout.samples || frame.width > layout.width || frame.height > layout.height || frame.width === 0 || frame.height === 0) {
    throw damaged(`it is ${frame.height} by ${frame.width} with ${frame.components} components, not ${layout.rows} by ${layout.width} with ${layout.samples}`);
  }
  // JFIF knows no other colours than YCbCr.
  const transform = layout.samples === 3 && layout.isRgb ? (frame.isJfif ? 1 : 0) : undefined;
  const pixels = await decodePixels(joinJpeg(layout.tables, bytes, transform), frame);
  if (layout.isAsStored && frame.components === 4) for (let at = 0; at < pixels.byteLength; at++) pixels[at] = 255 - pixels[at]!;
  return fit(pixels, frame, layout);
}

async function decodePixels(bytes: Uint8Array, { width, height, components }: JpegFrame): Promise<Uint8Array> {
  const space = components === 1 ? 'b-w' : components === 4 ? 'cmyk' : 'srgb';
  try {
    // A profile would change the numbers; so would a way through another colour space.
    const image = sharp(bytes, { failOn: 'error', ignoreIcc: true, limitInputPixels: width * height, sequentialRead: true });
    const { data, info } = await (components === 4 ? image.pipelineColourspace('cmyk') : image).toColourspace(space).raw().toBuffer({ resolveWithObject: true });
    if (info.width === width && info.height === height && info.channels === components) return data;
  } catch (error) {
    throw new TesseraError('gone', 'A chunk of these data could not be decoded (jpeg): it is damaged.', { codec: 'jpeg' }, { cause: error });
  }
  throw damaged('its components are none of grey, RGB and CMYK');
}

/** Images at an edge may be smaller than a tile, or taller than what is left of a strip. */
function fit(pixels: Uint8Array, { width, height, components }: JpegFrame, layout: Layout): Uint8Array {
  const rowByteLength = layout.width * components;
  if (width === layout.width && height >= layout.rows) return pixels.subarray(0, layout.rows * rowByteLength);
  const result = new Uint8Array(layout.rows * rowByteLength);
  for (let row = 0; row < Math.min(height, layout.rows); row++) {
    result.set(pixels.subarray(row * width * components, (row + 1) * width * components), row * rowByteLength);
  }
  return result;
}

function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
