import type { TiffFile } from './directory.ts';
import type { Frame, Frames } from './frames.ts';
import { imageByteLength, runOffset } from './segments.ts';
import { imageCount, type Series } from './series.ts';

interface ShapedDescription {
  readonly shape: readonly number[];
  readonly axes?: string;
}

/** The shape that tifffile writes into a description, as JSON or in the form of its first versions; undefined if it is none. */
export function parseShaped(description: string): ShapedDescription | undefined {
  const old = /^shape=\((\d+(?:, *\d+)*),?\)/.exec(description);
  if (old) return checked({ shape: old[1]!.split(',').map(Number) });
  if (!description.startsWith('{') || !description.includes('"shape":')) return undefined;
  try {
    return checked(JSON.parse(description) as Partial<ShapedDescription>);
  } catch {
    return undefined;
  }
}

function checked({ shape, axes }: Partial<ShapedDescription>): ShapedDescription | undefined {
  const isShape = Array.isArray(shape) && shape.length <= 32 && shape.every((length) => Number.isSafeInteger(length) && length > 0);
  if (!isShape) return undefined;
  return { shape, ...(typeof axes === 'string' && axes.length === shape.length ? { axes } : {}) };
}

/** An array as tifffile wrote it, all axes kept. Undefined if the images of the file do not make up its shape. */
export async function shapedSeries({ shape, axes }: ShapedDescription, file: TiffFile, frames: Frames): Promise<Series | undefined> {
  const first = await frames.first();
  const { page } = first;
  const count = imageCount(shape, page);
  if (count === undefined) return undefined;
  const common = { page, shape, ...(axes === undefined ? {} : { axes: [...axes] }) };
  const second = count > 1 ? await frames.at(1) : undefined;
  const isRun = followsInRun(first, second, count, file);
  if (isRun) return { ...common, frames: [first], runCount: count };
  const all = await frames.take(count);
  return all.length === count ? { ...common, frames: all } : undefined;
}

/** Whether images without directories follow the first, or those with one lie right after it, as tifffile writes them. */
function followsInRun({ page, segments }: Frame, second: Frame | undefined, count: number, file: TiffFile): boolean {
  const start = runOffset(page, segments);
  const byteLength = imageByteLength(page);
  if (count === 1 || start === undefined || start + count * byteLength > file.byteLength) return false;
  return second === undefined || (second.page === page && runOffset(page, second.segments) === start + byteLength);
}
