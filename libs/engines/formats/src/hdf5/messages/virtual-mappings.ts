// HDF5 spec III.E "Global Heap Block for Virtual Datasets", and VIII.A "Dataspace selection encoding".
import type { ByteCursor } from '../byte-cursor.ts';
import { damaged, unsupported } from '../damage.ts';
import { maxChunkCount, maxRank } from '../limits.ts';
import { decodeText } from '../text.ts';

/** One part of a virtual dataset: what of it is what of which dataset. */
export interface VirtualMapping {
  /** `.` is the file itself. */
  readonly fileName: string;
  readonly datasetPath: string;
  readonly source: Selection;
  readonly virtual: Selection;
}

export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'regular'; readonly axes: readonly RegularAxis[] }
  | { readonly kind: 'blocks'; readonly rank: number; readonly blocks: readonly Block[] };

/** `count` runs of `block` elements, the starts `stride` apart. Infinity: as far as the data go. */
export interface RegularAxis {
  readonly start: number;
  readonly stride: number;
  readonly count: number;
  readonly block: number;
}

/** A box; ends are within. */
export interface Block {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Version 1 leaves out names that are the file's own, or that an earlier mapping has. */
const flagSameFileName = 0x01;
const flagSameDatasetName = 0x02;
const flagOwnFile = 0x04;

export function parseVirtualMappings(cursor: ByteCursor): VirtualMapping[] {
  const version = cursor.expectVersion('list of virtual mappings', 0, 1);
  const count = cursor.length();
  // Each mapping takes two bytes of names and two selections at the least.
  if (count > cursor.remaining / 34) throw damaged('a virtual dataset has more mappings than it has room for');
  const mappings: VirtualMapping[] = [];
  for (let index = 0; index < count; index++) {
    const flags = version === 1 ? cursor.u8() : 0;
    const earlier = (): VirtualMapping => {
      const mapping = mappings[cursor.length()];
      if (!mapping) throw damaged('a virtual mapping refers to one that is not there');
      return mapping;
    };
    const fileName = (flags & flagOwnFile) !== 0 ? '.' : (flags & flagSameFileName) !== 0 ? earlier().fileName : decodeText(cursor.nulTerminated());
    const datasetPath = (flags & flagSameDatasetName) !== 0 ? earlier().datasetPath : decodeText(cursor.nulTerminated());
    mappings.push({ fileName, datasetPath, source: parseSelection(cursor), virtual: parseSelection(cursor) });
  }
  return mappings;
}

function parseSelection(cursor: ByteCursor): Selection {
  const type = cursor.u32();
  const version = cursor.u32();
  if (type === 3) {
    cursor.skip(8);
    return { kind: 'all' };
  }
  if (type !== 2) throw unsupported('Virtual datasets that are put together from single points are not supported');
  if (version === 1) {
    cursor.skip(8);
    return parseBlocks(cursor, checkRank(cursor.u32()), 4);
  }
  if (version !== 2 && version !== 3) throw damaged(`a selection has the unknown version ${version}`);
  const isRegular = (cursor.u8() & 1) !== 0;
  const byteLength = version === 3 ? cursor.u8() : 8;
  if (![2, 4, 8].includes(byteLength)) throw damaged('the numbers of a selection have no known width');
  if (version === 2) cursor.skip(4);
  const rank = checkRank(cursor.u32());
  if (!isRegular) return parseBlocks(cursor, rank, byteLength);
  const number = () => cursor.optionalUint(byteLength) ?? Infinity;
  return { kind: 'regular', axes: Array.from({ length: rank }, () => ({ start: number(), stride: number(), count: number(), block: number() })) };
}

function checkRank(rank: number): number {
  if (rank < 1 || rank > maxRank) throw damaged(`a selection has ${rank} dimensions`);
  return rank;
}

function parseBlocks(cursor: ByteCursor, rank: number, byteLength: number): Selection {
  const count = cursor.uint(byteLength);
  if (count > cursor.remaining / (2 * rank * byteLength)) throw damaged('a selection ends too early');
  const numbers = () => Array.from({ length: rank }, () => cursor.uint(byteLength));
  return { kind: 'blocks', rank, blocks: Array.from({ length: count }, () => ({ starts: numbers(), ends: numbers() })) };
}

/** Neighbouring elements of an axis. */
export interface Interval {
  readonly start: number;
  readonly length: number;
}

/** What a selection takes of each axis; undefined if it is not a product of its axes. */
export function intervalsByAxis(selection: Selection, shape: readonly number[]): Interval[][] | undefined {
  switch (selection.kind) {
    case 'all':
      return shape.map((length) => [{ start: 0, length }]);
    case 'regular':
      if (selection.axes.length !== shape.length) throw damaged('a selection and its array have different numbers of dimensions');
      return selection.axes.map((axis, index) => regularIntervals(axis, shape[index]!));
    case 'blocks':
      if (selection.rank !== shape.length) throw damaged('a selection and its array have different numbers of dimensions');
      return blockIntervals(selection.blocks, selection.rank);
  }
}

/** Runs of an axis up to its end, neighbours joined. */
export function regularIntervals({ start, stride, count, block }: RegularAxis, length: number): Interval[] {
  if (!Number.isFinite(start) || !(stride >= 1)) throw damaged('a selection makes no sense');
  if (start >= length) return [];
  if (block >= length - start || (block === stride && count === Infinity)) return [{ start, length: length - start }];
  if (block === stride) return [{ start, length: Math.min(count * block, length - start) }];
  const runs = Math.min(count, Math.ceil((length - start) / stride));
  if (runs > maxChunkCount) throw unsupported(`A virtual dataset of ${runs} separate parts is not supported`);
  return Array.from({ length: runs }, (_, index) => ({ start: start + index * stride, length: Math.min(block, length - start - index * stride) }));
}

function blockIntervals(blocks: readonly Block[], rank: number): Interval[][] | undefined {
  const axes = Array.from({ length: rank }, (_, axis) => {
    const lengths = new Map(blocks.map(({ starts, ends }) => [starts[axis]!, ends[axis]! - starts[axis]! + 1]));
    return [...lengths].sort(([a], [b]) => a - b).map(([start, length]) => ({ start, length }));
  });
  // A product of axes has as many boxes, each with the lengths its starts have elsewhere.
  const isProduct = axes.reduce((product, intervals) => product * intervals.length, 1) === blocks.length
    && blocks.every(({ starts, ends }) => axes.every((intervals, axis) => intervals.some(({ start, length }) => start === starts[axis] && start + length - 1 === ends[axis])));
  return isProduct ? axes : undefined;
}
