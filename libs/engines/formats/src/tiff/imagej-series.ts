import { elementCount, type Json } from '@tessera/domain';
import type { TiffFile } from './directory.ts';
import type { Frames } from './frames.ts';
import { maxPageCount } from './limits.ts';
import type { Page } from './page.ts';
import { imageByteLength, runOffset } from './segments.ts';
import { squeezedShape, type Series } from './series.ts';

/** Orders of ImageJ's dimensions, the fastest first, as axes with the slowest first. */
const orders: Readonly<Record<string, string>> = { czt: 'TZC', default: 'TZC', ctz: 'ZTC', zct: 'TCZ', ztc: 'CTZ', tcz: 'ZCT', tzc: 'CZT' };

/** Whether a description is one of ImageJ's. */
export function isImageJ(description: string): boolean {
  return description.startsWith('ImageJ=') || description.startsWith('SCIFIO=');
}

/**
 * A hyperstack of ImageJ: frames, slices, channels. Stacks beyond 4 GB have the directory of the first image alone; the
 * others follow it in one run. Undefined if what the description says does not fit the file.
 */
export async function imageJSeries(description: string, file: TiffFile, frames: Frames): Promise<Series | undefined> {
  const facts = parseDescription(description);
  const first = await frames.first();
  const { page } = first;
  const hasMore = await frames.at(1) !== undefined;
  const planned = plan(facts, page);
  if (!planned) return undefined;
  const { axes, sizes } = planned;
  let count = elementCount(sizes);
  if (count === 1 && hasMore) count = (await frames.take(maxPageCount)).length;
  const rest = count / elementCount(sizes);
  if (!Number.isInteger(rest)) return undefined;
  const outer = [{ name: 'I', length: rest }, ...[...axes].map((name, axis) => ({ name, length: sizes[axis]! }))].filter(({ length }) => length > 1);
  const inner = page.axes.filter(({ name, length }) => length > 1 || name === 'Y' || name === 'X');
  const common = {
    page, metadata: { imagej: Object.fromEntries(facts) }, axes: [...outer, ...inner].map(({ name }) => name),
    shape: [...outer.map(({ length }) => length), ...squeezedShape(page)],
  };
  if (await isOneRun(count, file, frames)) return { ...common, frames: [first], runCount: count };
  const all = await frames.take(count);
  return all.length === count ? { ...common, frames: all } : undefined;
}

/** `key=value` a line; numbers and booleans as such. */
function parseDescription(description: string): Map<string, Json> {
  const facts = new Map<string, Json>();
  for (const line of description.split(/[\r\n]+/)) {
    const equals = line.indexOf('=');
    if (equals <= 0) continue;
    const value = line.slice(equals + 1).trim();
    const number = value === '' ? NaN : Number(value);
    facts.set(line.slice(0, equals).trim(), Number.isFinite(number) ? number : value === 'true' ? true : value === 'false' ? false : value);
  }
  return facts;
}

function plan(facts: ReadonlyMap<string, Json>, page: Page): { axes: string; sizes: number[] } | undefined {
  const [frames, slices, listed, images] = ['frames', 'slices', 'channels', 'images'].map((key) => facts.get(key) ?? 1) as number[];
  if (![frames, slices, listed, images].every((value) => Number.isSafeInteger(value) && value! > 0)) return undefined;
  const samples = page.axes.find(({ name }) => name === 'S')?.length ?? 1;
  // Samples, in planes or side by side, may be counted as channels.
  const areSamples = samples > 1 && samples === listed && (page.isPlanar || images === frames! * slices!);
  const lengths: Readonly<Record<string, number>> = { T: frames!, Z: slices!, C: areSamples ? 1 : listed! };
  const axes = orders[String(facts.get('order') ?? 'czt').toLowerCase()] ?? 'TZC';
  const sizes = [...axes].map((axis) => lengths[axis]!);
  return Number.isSafeInteger(elementCount(sizes)) ? { axes, sizes } : undefined;
}

/** Whether images lie one after the other, whatever directories there are besides the first. */
async function isOneRun(count: number, file: TiffFile, frames: Frames): Promise<boolean> {
  const { page, segments } = await frames.first();
  const start = runOffset(page, segments);
  if (start === undefined || count <= 1) return false;
  const byteLength = imageByteLength(page);
  if (start + count * byteLength > file.byteLength) return false;
  const second = await frames.at(1);
  return second === undefined || (second.page === page && runOffset(page, second.segments) === start + byteLength && isLastInRun(count, start, byteLength, frames));
}

async function isLastInRun(count: number, start: number, byteLength: number, frames: Frames): Promise<boolean> {
  const last = (await frames.take(count)).at(-1)!;
  return (await frames.at(count - 1)) !== undefined && runOffset(last.page, last.segments) === start + (count - 1) * byteLength;
}
