import { TesseraError } from '../errors/tessera-error.ts';

/** One item of a NumPy basic index: an integer, or start:stop:step with each part optional. */
export type SelectionItem =
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly start?: number; readonly stop?: number; readonly step?: number };

/** What part of an array is asked for: NumPy basic indexing; axes that are not named are whole. */
export type Selection = readonly SelectionItem[];

/**
 * A selection resolved against one axis: `count` elements at start, start+step, …,
 * all inside the axis. `dropped` axes (integer items) have count 1 and are not in the result.
 */
export interface AxisRange {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly dropped: boolean;
}

/** The whole of an axis. */
export function wholeAxis(length: number): AxisRange {
  return { start: 0, step: 1, count: length, dropped: false };
}

/**
 * Resolves a selection by NumPy's rules (NumPy reference, "Basic indexing"):
 * negative numbers count from the end, ranges clip, a negative step reverses.
 * @throws TesseraError invalid_argument for an integer outside its axis, too many items, or step 0.
 */
export function resolveSelection(selection: Selection, shape: readonly number[]): AxisRange[] {
  if (selection.length > shape.length) {
    throw new TesseraError('invalid_argument', `The slice has ${selection.length} items, but the array has ${shape.length} dimensions.`);
  }
  return shape.map((length, axis) => {
    const item = selection[axis];
    return item === undefined ? wholeAxis(length) : resolveItem(item, length, axis);
  });
}

function resolveItem(item: SelectionItem, length: number, axis: number): AxisRange {
  if (item.kind === 'index') {
    const index = item.index < 0 ? item.index + length : item.index;
    if (index < 0 || index >= length) {
      throw new TesseraError('invalid_argument', `Block index out of range: ${item.index} on axis ${axis} of length ${length}.`);
    }
    return { start: index, step: 1, count: 1, dropped: true };
  }
  const step = item.step ?? 1;
  if (step === 0) throw new TesseraError('invalid_argument', 'The step of a slice cannot be 0.');
  // Python's PySlice_AdjustIndices: a reversed slice may stop before element 0, hence −1.
  const lowest = step < 0 ? -1 : 0;
  const highest = step < 0 ? length - 1 : length;
  const clip = (value: number) => Math.min(Math.max(value < 0 ? value + length : value, lowest), highest);
  const start = item.start === undefined ? (step < 0 ? highest : lowest) : clip(item.start);
  const stop = item.stop === undefined ? (step < 0 ? lowest : highest) : clip(item.stop);
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return { start: count === 0 ? 0 : start, step, count, dropped: false };
}

/** Shape of what the ranges select: dropped axes are left out. */
export function selectedShape(ranges: readonly AxisRange[]): number[] {
  return ranges.filter((range) => !range.dropped).map((range) => range.count);
}
