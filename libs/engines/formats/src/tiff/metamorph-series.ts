import type { TiffFile } from './directory.ts';
import type { Frames } from './frames.ts';
import { imageByteLength, runOffset } from './segments.ts';
import { squeezedShape, type Series } from './series.ts';

/**
 * A stack of MetaMorph (STK): one directory, which tells of the first plane; the others follow it without gaps.
 * Undefined if they are not all in the file.
 */
export async function metaMorphSeries(planes: number, file: TiffFile, frames: Frames): Promise<Series | undefined> {
  const first = await frames.first();
  const { page, segments } = first;
  const start = runOffset(page, segments);
  if (start === undefined || start + planes * imageByteLength(page) > file.byteLength) return undefined;
  return { page, frames: [first], runCount: planes, shape: [planes, ...squeezedShape(page)] };
}
