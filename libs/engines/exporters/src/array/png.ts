import { TesseraError, elementCount } from '@tessera/domain';
import sharp from 'sharp';
import type { ArrayExporter, ArraySource } from '../exporter.ts';
import { stretchContrast } from './contrast.ts';
import { elementValue, type ElementValue } from './element-values.ts';
import { wholeElements } from './whole-elements.ts';

/** Values in one image: they are held as float32, with a byte each for the levels. */
const maxElementCount = 64 * 2 ** 20;
/** Longest side of a PNG that readers commonly take. */
const maxSideLength = 2 ** 20;
const pieceByteLength = 64 * 1024;

/** An image of 8 bits a channel, stretched from the 1st to the 99th percentile: grey, or RGB(A) if the last axis is 3 (4). */
export const pngExporter: ArrayExporter = {
  export(source) {
    return writePng(source, imageOf(source));
  },
};

interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly value: ElementValue;
}

/** Whether the array can be an image at all. */
export function isImage({ dataType, shape }: ArraySource): boolean {
  return elementValue(dataType) !== undefined && frameOf(shape) !== undefined && elementCount(shape) > 0;
}

function imageOf(source: ArraySource): Image {
  const { dataType, shape } = source;
  const value = elementValue(dataType);
  const frame = frameOf(shape);
  if (value === undefined || frame === undefined || elementCount(shape) === 0) {
    const what = value === undefined ? 'its elements are not numbers' : `an image has 2 axes, or 3 with a last one of 3 or 4; the shape is (${shape.join(', ')})`;
    throw new TesseraError('not_acceptable', `This type is supported in general but there was an error packing this specific data: ${what}.`);
  }
  if (elementCount(shape) > maxElementCount || Math.max(frame.width, frame.height) > maxSideLength) {
    throw new TesseraError('too_large', `An image may have ${maxElementCount} values and sides of ${maxSideLength}. Use slicing ('?slice=...', e.g. '?slice=::4,::4') to request less.`);
  }
  return { ...frame, value };
}

function frameOf(shape: readonly number[]): Omit<Image, 'value'> | undefined {
  const [height = 1, width = 1, channels = 1] = shape.length < 2 ? [1, shape[0]] : shape;
  if (shape.length > 3 || (shape.length === 3 && channels !== 3 && channels !== 4)) return undefined;
  return { width, height, channels: channels as Image['channels'] };
}

async function* writePng(source: ArraySource, image: Image): AsyncGenerator<Uint8Array> {
  const levels = await stretchContrast(await readValues(source, image.value));
  const raw = { width: image.width, height: image.height, channels: image.channels };
  const colours = image.channels === 1 ? 'b-w' : 'srgb';
  const bytes = await sharp(levels, { raw, limitInputPixels: false }).toColourspace(colours).png().toBuffer();
  for (let start = 0; start < bytes.byteLength; start += pieceByteLength) yield bytes.subarray(start, start + pieceByteLength);
}

async function readValues({ bytes, dataType, shape }: ArraySource, value: ElementValue): Promise<Float32Array> {
  const values = new Float32Array(elementCount(shape));
  let ordinal = 0;
  for await (const piece of wholeElements(bytes, dataType.itemsize)) {
    const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let at = 0; at < piece.byteLength; at += dataType.itemsize) values[ordinal++] = value(view, at);
  }
  return values;
}
