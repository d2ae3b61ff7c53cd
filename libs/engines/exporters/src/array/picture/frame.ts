import { TesseraError, elementCount, parsePictureStyle, type PictureStyle } from '@tessera/domain';
import type { ArraySource, ExportOptions } from '../../exporter.ts';
import { isNumeric } from './samples.ts';

/** Values in one image: they are held as numbers of up to four bytes, with a byte each for the levels. */
const maxElementCount = 64 * 2 ** 20;
/** Longest side of a PNG that readers commonly take. */
const maxPngSideLength = 2 ** 20;
/** JPEG has 16 bits for a side (ITU-T T.81, section B.2.2). */
const maxJpegSideLength = 65_500;

/** An array as an image: rows, columns, and 3 or 4 colours on a last axis of that length. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
}

/** The one or two axes of an image, and a third of colours; undefined if there are other axes. */
export function frameOf(shape: readonly number[]): Frame | undefined {
  const [height = 1, width = 1, channels = 1] = shape.length < 2 ? [1, shape[0]] : shape;
  if (shape.length > 3 || (shape.length === 3 && channels !== 3 && channels !== 4)) return undefined;
  return { width, height, channels: channels as Frame['channels'] };
}

/** Whether the array can be an image at all. */
export function isImage({ dataType, shape }: ArraySource): boolean {
  return isNumeric(dataType) && frameOf(shape) !== undefined && elementCount(shape) > 0;
}

/**
 * What is to be painted. Nothing is read for it.
 * @throws TesseraError not_acceptable if the array is no image, too_large if it is one beyond the bounds, unprocessable for a wrong parameter.
 */
export function pictureOf(source: ArraySource, { mediaType }: ExportOptions): { readonly frame: Frame; readonly style: PictureStyle } {
  const { dataType, shape } = source;
  const style = parsePictureStyle(mediaType);
  const frame = frameOf(shape);
  if (!frame || !isImage(source)) {
    const what = !isNumeric(dataType) ? 'its elements are not numbers' : `an image has 2 axes, or 3 with a last one of 3 or 4; the shape is (${shape.join(', ')})`;
    throw new TesseraError('not_acceptable', `This type is supported in general but there was an error packing this specific data: ${what}.`);
  }
  const maxSideLength = mediaType.startsWith('image/jpeg') ? maxJpegSideLength : maxPngSideLength;
  if (elementCount(shape) > maxElementCount || Math.max(frame.width, frame.height) > maxSideLength) {
    throw new TesseraError('too_large', `An image may have ${maxElementCount} values and sides of ${maxSideLength}. Use slicing ('?slice=...', e.g. '?slice=::4,::4') to request less.`);
  }
  return { frame, style };
}
