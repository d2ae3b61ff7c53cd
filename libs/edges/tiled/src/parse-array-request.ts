import { isTesseraError, parseSelection, resolveSelection, selectedShape, TesseraError, type AxisRange, type ChunkGrid, type Selection } from '@tessera/domain';
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
const blockPattern = /^[0-9]*(,[0-9]+)*$/;

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

/** Reads `block`: an index for each axis, none for a 0-d array. @throws TesseraError unprocessable. */
export function parseBlock(reader: ParameterReader): number[] {
  const text = reader.matching('block', blockPattern);
  if (reader.text('block') === undefined) reader.missing('block');
  reader.check();
  return text === '' ? [] : text!.split(',').map(Number);
}

/** @throws TesseraError unprocessable if the grid has no such block. */
export function checkBlock(block: readonly number[], counts: readonly number[]): void {
  const fits = block.length === counts.length && block.every((index, axis) => index < counts[axis]!);
  if (fits) return;
  throw new TesseraError('unprocessable', `The block parameter must be ${counts.length} comma-separated integers below [${counts.join(', ')}], got [${block.join(', ')}].`);
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
