import { elementCount } from '@tessera/domain';
import type { Frame, Frames } from './frames.ts';
import { maxPageCount } from './limits.ts';
import { parseOme, type OmeImage, type OmePlanes } from './ome-images.ts';
import type { Series } from './series.ts';

/** Whether a description is OME-XML. */
export function isOme(description: string): boolean {
  return description.slice(-10).trim().endsWith('OME>');
}

/**
 * The first image of an OME-TIFF that has data (OME-TIFF specification): planes where the document says, others never
 * written. Undefined if the document makes no sense, or speaks of planes in other files: what is in this one counts then.
 */
export async function omeSeries(description: string, fileName: string, frames: Frames): Promise<Series | undefined> {
  const { uuid, images } = parseOme(description);
  for (const image of images) {
    if (image.planes.some((planes) => !isHere(planes, uuid, fileName))) return undefined;
    const series = await seriesOf(image, frames);
    if (series) return series;
  }
  return undefined;
}

function isHere(planes: OmePlanes, uuid: string | undefined, fileName: string): boolean {
  return (planes.uuid === undefined && !planes.fileName) || (uuid !== undefined && planes.uuid === uuid) || planes.fileName?.toLowerCase() === fileName.toLowerCase();
}

async function seriesOf(image: OmeImage, frames: Frames): Promise<Series | undefined> {
  const outer = image.axes.slice(0, -2);
  const outerSizes = image.sizes.slice(0, -2);
  const total = elementCount(outerSizes);
  if (total > maxPageCount) return undefined;
  const found = new Array<Frame | undefined>(total).fill(undefined);
  for (const planes of image.planes) await place(planes, outer, outerSizes, found, frames);
  const page = found.find((frame) => frame !== undefined)?.page;
  if (!page) return undefined;
  const { axes, sizes } = withSamples(image, page.isPlanar);
  const kept = sizes.map((size, axis) => size > 1 || axes[axis] === 'Y' || axes[axis] === 'X');
  const shape = sizes.filter((_, axis) => kept[axis]);
  const own = page.axes.flatMap(({ name, length }) => (length > 1 || name === 'Y' || name === 'X' ? [length] : []));
  const isSameShape = own.every((length, axis) => shape[shape.length - own.length + axis] === length);
  if (!isSameShape) return undefined;
  return { page, frames: found, shape, axes: axes.filter((_, axis) => kept[axis]), metadata: { ome: image.metadata } };
}

async function place({ first, directory, count }: OmePlanes, outer: string, sizes: readonly number[], found: (Frame | undefined)[], frames: Frames): Promise<void> {
  const index = [...outer].map((axis) => first[axis] ?? 0);
  if (index.some((at, axis) => at >= sizes[axis]!)) return;
  const start = index.reduce((flat, at, axis) => flat * sizes[axis]! + at, 0);
  const last = Math.min(count ?? Infinity, found.length - start);
  for (let plane = 0; plane < last; plane++) {
    const frame = await frames.at(directory + plane);
    if (!frame) return;
    found[start + plane] = frame;
  }
}

/** Samples are an axis of their own: last, or before rows. */
function withSamples({ axes, sizes, samplesPerPixel }: OmeImage, isPlanar: boolean): { axes: string[]; sizes: number[] } {
  const names = [...axes];
  const lengths = [...sizes];
  if (samplesPerPixel > 1) {
    names.splice(isPlanar ? -2 : names.length, 0, 'S');
    lengths.splice(isPlanar ? -2 : lengths.length, 0, samplesPerPixel);
  }
  return { axes: names, sizes: lengths };
}
