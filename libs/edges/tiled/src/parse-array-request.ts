import { axisChunkExtent, gridShape, isTesseraError, parseSelection, resolveSelection, selectedShape, TesseraError, type AxisChunks, type AxisRange, type ChunkGrid, type Selection } from '@tessera/domain';
import { refuse, type ParameterReader } from './parse-parameters.ts';

/** The part of an array that a request asks for, before the array is known. */
export interface ArrayParameters {
  readonly selection: Selection;
  /** The selection as it was written. */
  readonly sliceText: string;
  readonly expectedShape: readonly number[] | undefined;
  readonly filename: string | undefined;
}

const expectedShapePattern = /^(?:[0-9]+(?:,[0-9]+)*|scalar)$/;
const blockPattern = /^(?:(?:\d+|\d*:\d*)(?:,(?:\d+|\d*:\d*))*)?$/;

/** Reads slice, expected_shape and filename. @throws TesseraError unprocessable or invalid_argument. */
export function parseArrayParameters(reader: ParameterReader): ArrayParameters {
  const expectedText = reader.matching('expected_shape', expectedShapePattern);
  reader.check();
  const sliceText = reader.text('slice') ?? '';
  return {
    selection: parseSlice(sliceText),
    sliceText,
    expectedShape: expectedText === undefined ? undefined : expectedText === 'scalar' ? [] : expectedText.split(',').map(Number),
    filename: reader.text('filename'),
  };
}

function parseSlice(text: string): Selection {
  try {
    return parseSelection(text);
  } catch (error) {
    if (!isTesseraError(error, 'unprocessable')) throw error;
    return refuse([{ type: 'string_pattern_mismatch', loc: ['query', 'slice'], msg: error.message, input: text }]);
  }
}

/** Of one axis: a block, or those from one on up to another, which is not among them. */
export type BlockItem = number | { readonly start: number; readonly stop: number };

/** Reads `block`: for each axis an index, or neighbours as `1:3`; none for a 0-d array. @throws TesseraError unprocessable. */
export function parseBlock(reader: ParameterReader): BlockItem[] {
  const text = reader.matching('block', blockPattern);
  if (reader.text('block') === undefined) reader.missing('block');
  reader.check();
  if (text === '') return [];
  return text!.split(',').map((item) => {
    const [start, stop] = item.split(':');
    return stop === undefined ? Number(item) : { start: Number(start), stop: stop === '' ? Infinity : Number(stop) };
  });
}

/** The elements of a block, or of neighbouring ones together. */
export interface BlockRegion {
  readonly origin: readonly number[];
  readonly shape: readonly number[];
  /** The index of the block, if it is a single one. */
  readonly index: readonly number[] | undefined;
}

/** @throws TesseraError unprocessable if the grid has no such block. */
export function blockRegion(block: readonly BlockItem[], grid: ChunkGrid): BlockRegion {
  const counts = gridShape(grid);
  const fits = block.length === counts.length && block.every((item, axis) => typeof item !== 'number' || item < counts[axis]!);
  if (!fits) {
    const given = block.map((item) => (typeof item === 'number' ? item : `${item.start}:${item.stop === Infinity ? '' : item.stop}`)).join(', ');
    throw new TesseraError('unprocessable', `The block parameter must be ${counts.length} comma-separated integers below [${counts.join(', ')}], or ranges of them, got [${given}].`);
  }
  const extents = block.map((item, axis) => blockExtent(item, grid.shape[axis]!, grid.chunks[axis]!, counts[axis]!));
  const isSingle = block.every((item) => typeof item === 'number');
  return { origin: extents.map(({ start }) => start), shape: extents.map(({ length }) => length), index: isSingle ? (block as readonly number[]) : undefined };
}

function blockExtent(item: BlockItem, length: number, chunks: AxisChunks, count: number): { start: number; length: number } {
  if (typeof item === 'number') return axisChunkExtent(length, chunks, item);
  const stop = Math.min(item.stop, count);
  if (item.start >= stop) return { start: 0, length: 0 };
  const { start } = axisChunkExtent(length, chunks, item.start);
  const last = axisChunkExtent(length, chunks, stop - 1);
  return { start, length: last.start + last.length - start };
}

/** What a selection takes of an array, and the shape that comes out. */
export interface SelectedPart {
  readonly ranges: readonly AxisRange[];
  readonly shape: readonly number[];
  readonly elementCount: number;
}

/** @throws TesseraError invalid_argument if the selection does not fit the array. */
export function selectPart(selection: Selection, grid: Pick<ChunkGrid, 'shape'>): SelectedPart {
  const ranges = resolveSelection(selection, grid.shape);
  return { ranges, shape: selectedShape(ranges), elementCount: ranges.reduce((product, range) => product * range.count, 1) };
}

/** @throws TesseraError of the code if the client counts on another shape. */
export function checkExpectedShape(expected: readonly number[] | undefined, actual: readonly number[], code: 'conflict' | 'unprocessable'): void {
  if (expected === undefined || (expected.length === actual.length && expected.every((length, axis) => length === actual[axis]))) return;
  throw new TesseraError(code, `The expected_shape [${expected.join(', ')}] is not the shape [${actual.join(', ')}] of the data.`);
}

/** @throws TesseraError too_large if a response would carry more than the limit. */
export function checkByteLength(byteLength: number, limit: number): void {
  if (byteLength <= limit) return;
  throw new TesseraError('too_large', `Response would exceed ${limit}. Use slicing ('?slice=...') to request smaller chunks.`);
}
