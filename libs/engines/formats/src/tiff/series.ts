import { elementCount, type JsonObject } from '@tessera/domain';
import type { Frame, Frames } from './frames.ts';
import { maxPageCount } from './limits.ts';
import type { Page } from './page.ts';

/** Images that make up one array. */
export interface Series {
  readonly page: Page;
  /** In C order of the axes before those of an image; undefined = never written. */
  readonly frames: readonly (Frame | undefined)[];
  /** How many images follow the only frame in one run, itself included, without directories of their own. */
  readonly runCount?: number;
  readonly shape: readonly number[];
  /** Names of the axes, where the file gives them. */
  readonly axes?: readonly string[];
  /** What the file tells of them, in a form of its own. */
  readonly metadata?: JsonObject;
}

/** All images that are stored as the first one is, stacked; the others are thumbnails, masks or smaller copies. */
export async function plainSeries(frames: Frames): Promise<Series> {
  const { page } = await frames.first();
  const alike = (await frames.take(maxPageCount)).filter((frame) => frame.page.key === page.key);
  return stackedSeries(alike, page);
}

/** Images stacked along one axis, of which there is none if there is one image. */
export function stackedSeries(frames: readonly Frame[], page: Page, runCount?: number): Series {
  const count = runCount ?? frames.length;
  const shape = [...(count > 1 ? [count] : []), ...squeezedShape(page)];
  return { page, frames, ...(runCount === undefined ? {} : { runCount }), shape };
}

/** Shape of an image: rows and columns, and what else is longer than 1. */
export function squeezedShape(page: Page): number[] {
  return page.axes.flatMap(({ name, length }) => (length > 1 || name === 'Y' || name === 'X' ? [length] : []));
}

/** How many images an array of `shape` has; undefined if it is not made of whole images. */
export function imageCount(shape: readonly number[], page: Page): number | undefined {
  const count = elementCount(shape) / elementCount(page.axes.map(({ length }) => length));
  return Number.isInteger(count) && count > 0 ? count : undefined;
}
