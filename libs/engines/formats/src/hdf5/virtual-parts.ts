// The parts of a virtual dataset: which elements of the whole are which of other datasets.
import type { ArrayManifest } from '@tessera/domain';
import { damaged, unsupported } from './damage.ts';
import { intervalsByAxis, regularIntervals, type Interval, type RegularAxis, type Selection, type VirtualMapping } from './messages/virtual-mappings.ts';

/** The array at a path in a file; undefined if either is not there, which HDF5 reads as fill values. */
export type OpenArray = (fileName: string, datasetPath: string) => Promise<ArrayManifest | undefined>;

/** A part that is there: which elements of each axis of the whole are which of the part's. */
export interface Part {
  readonly manifest: ArrayManifest;
  /** By axis of the part. */
  readonly source: readonly (readonly Interval[])[];
  /** By axis of the whole. */
  readonly virtual: readonly (readonly Interval[])[];
  /** By axis of the whole: the part's axis, or undefined where the whole takes one element of it. */
  readonly axisOf: readonly (number | undefined)[];
}

/** What is sound, but has no form here. */
const misaligned = () => unsupported('The parts of this virtual dataset are not boxes of their datasets, or boxes of another shape than their places, so it cannot be served');

/** The mappings whose datasets are there, and the files of those that are not. */
export interface OpenedMappings {
  readonly opened: readonly OpenedMapping[];
  readonly missingFiles: ReadonlySet<string>;
}

export interface OpenedMapping {
  readonly source: Selection;
  readonly virtual: Selection;
  readonly manifest: ArrayManifest;
  /** The mapping is one of a series, and the series makes the whole as long as it is along this axis. */
  readonly growsAxis?: number;
}

/** Each dataset is opened once. */
export async function openMappings(mappings: readonly VirtualMapping[], open: OpenArray): Promise<OpenedMappings> {
  const opened: OpenedMapping[] = [];
  const missingFiles = new Set<string>();
  const known = new Map<string, Promise<ArrayManifest | undefined>>();
  const openArray: OpenArray = async (fileName, datasetPath) => {
    const key = `${fileName}\0${datasetPath}`;
    const opening = known.get(key) ?? open(fileName, datasetPath);
    known.set(key, opening);
    const array = await opening;
    if (!array) missingFiles.add(fileName);
    return array;
  };
  for (const mapping of mappings) {
    if (/%b/.test(mapping.fileName + mapping.datasetPath)) {
      opened.push(...(await openSeries(mapping, openArray)));
      continue;
    }
    const manifest = await openArray(mapping.fileName, mapping.datasetPath);
    if (manifest) opened.push({ ...mapping, manifest });
  }
  return { opened, missingFiles };
}

/** Names with `%b`: block i of the unlimited axis is in the file or dataset numbered i, up to the first that is not there. */
async function openSeries({ fileName, datasetPath, source, virtual }: VirtualMapping, openArray: OpenArray): Promise<OpenedMapping[]> {
  const opened: OpenedMapping[] = [];
  const growsAxis = virtual.kind === 'regular' ? virtual.axes.findIndex((axis) => axis.count === Infinity) : -1;
  if (virtual.kind !== 'regular' || growsAxis < 0) throw damaged('a series of virtual parts has no axis to extend');
  for (let number = 0; ; number++) {
    const name = (pattern: string) => pattern.replaceAll('%b', String(number)).replaceAll('%%', '%');
    const manifest = await openArray(name(fileName), name(datasetPath));
    if (!manifest) return opened;
    const axes = virtual.axes.map((axis, index) => (index === growsAxis ? { ...axis, start: axis.start + number * axis.stride, count: 1 } : axis));
    opened.push({ source, virtual: { kind: 'regular', axes }, manifest, growsAxis });
  }
}

const countOf = (intervals: readonly Interval[]) => intervals.reduce((sum, { length }) => sum + length, 0);

/** Shape of the whole. Along unlimited axes it is as long as its parts make it; elsewhere as the file says. */
export function extentOf(shape: readonly number[], mappings: readonly OpenedMapping[]): number[] {
  const isUnlimited = shape.map(() => false);
  const extent = shape.map(() => 0);
  for (const { source, virtual, manifest, growsAxis } of mappings) {
    if (virtual.kind !== 'regular') continue;
    virtual.axes.forEach((axis, index) => {
      const isOpen = axis.count === Infinity || axis.block === Infinity;
      if (isOpen && source.kind === 'regular') {
        isUnlimited[index] = true;
        const sourceAxis = source.axes.findIndex((candidate) => candidate.count === Infinity || candidate.block === Infinity);
        const available = sourceAxis < 0 ? 0 : countOf(regularIntervals(source.axes[sourceAxis]!, manifest.grid.shape[sourceAxis]!));
        extent[index] = Math.max(extent[index]!, endOfRuns(axis, available));
      } else {
        isUnlimited[index] ||= index === growsAxis;
        extent[index] = Math.max(extent[index]!, axis.start + (axis.count - 1) * axis.stride + axis.block);
      }
    });
  }
  return shape.map((length, index) => (isUnlimited[index] ? extent[index]! : length));
}

/** One more than the last element of an unlimited axis that has `count` of them. */
function endOfRuns({ start, stride, block }: { start: number; stride: number; block: number }, count: number): number {
  if (count === 0) return 0;
  if (block === Infinity) return start + count;
  const runs = Math.ceil(count / block);
  return start + (runs - 1) * stride + (count - (runs - 1) * block);
}

function firstElements(intervals: readonly Interval[], count: number): Interval[] {
  let left = count;
  return intervals.flatMap(({ start, length }) => {
    const taken = Math.min(length, left);
    left -= taken;
    return taken === 0 ? [] : [{ start, length: taken }];
  });
}

/** @throws TesseraError gone if the elements of the part are not, axis by axis, those of the whole. */
export function partOf({ source, virtual, manifest }: OpenedMapping, shape: readonly number[]): Part {
  const sourceAxes = intervalsByAxis(source, manifest.grid.shape);
  const virtualAxes = intervalsByAxis(virtual, shape);
  if (!sourceAxes || !virtualAxes) throw misaligned();
  if (virtual.kind === 'regular' && source.kind === 'regular') {
    const open = (axes: readonly RegularAxis[]) => axes.findIndex((axis) => axis.count === Infinity || axis.block === Infinity);
    const [virtualOpen, sourceOpen] = [open(virtual.axes), open(source.axes)];
    // Another part may reach further: this one ends where its data do.
    if (virtualOpen >= 0 && sourceOpen >= 0) virtualAxes[virtualOpen] = firstElements(virtualAxes[virtualOpen]!, countOf(sourceAxes[sourceOpen]!));
  }
  // Axes of which one element is taken do not count: (1, y, x) of the whole may be (y, x) of the part.
  const longAxes = [...sourceAxes.keys()].filter((axis) => countOf(sourceAxes[axis]!) !== 1);
  let next = 0;
  const axisOf = virtualAxes.map((intervals) => (countOf(intervals) === 1 ? undefined : longAxes[next++]));
  const fits = next === longAxes.length && axisOf.every((axis, index) => axis === undefined || countOf(sourceAxes[axis]!) === countOf(virtualAxes[index]!));
  if (!fits) throw misaligned();
  return { manifest, source: sourceAxes, virtual: virtualAxes, axisOf };
}

/** Elements of an axis that lie together in the whole and in the part. */
export interface Run {
  readonly virtualStart: number;
  readonly sourceStart: number;
  readonly length: number;
}

/** Walks an axis of the whole and of the part together. */
export function runsOf({ source, virtual, axisOf }: Part, axis: number): Run[] {
  const sourceAxis = axisOf[axis];
  const sourceIntervals = sourceAxis === undefined ? [{ start: 0, length: 1 }] : source[sourceAxis]!;
  const runs: Run[] = [];
  let [place, done] = [0, 0];
  for (const { start, length } of virtual[axis]!) {
    for (let at = 0; at < length; ) {
      const interval = sourceIntervals[place];
      if (!interval) throw misaligned();
      const step = Math.min(length - at, interval.length - done);
      runs.push({ virtualStart: start + at, sourceStart: interval.start + done, length: step });
      at += step;
      done += step;
      if (done === interval.length) [place, done] = [place + 1, 0];
    }
  }
  return runs;
}
