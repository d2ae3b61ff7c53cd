import fc from 'fast-check';
import { isTesseraError } from '../errors/tessera-error.ts';
import { resolveSelection, selectedShape, wholeAxis, type SelectionItem } from './selection.ts';
import { shapes, slices } from './selection.arbitrary.ts';

const take = (item: SelectionItem, length: number): number[] => {
  const [range] = resolveSelection([item], [length]);
  return Array.from({ length: range!.count }, (_, i) => range!.start + i * range!.step);
};

/** Step by step, as the Python reference tells it ("Sequence types", notes 3 to 5). */
function naive(item: Extract<SelectionItem, { kind: 'slice' }>, length: number): number[] {
  const step = item.step ?? 1;
  const fromEnd = (value: number) => (value < 0 ? value + length : value);
  const taken: number[] = [];
  if (step > 0) {
    const start = Math.max(item.start === undefined ? 0 : fromEnd(item.start), 0);
    const stop = item.stop === undefined ? length : fromEnd(item.stop);
    for (let at = start; at < stop && at < length; at += step) taken.push(at);
  } else {
    const start = Math.min(item.start === undefined ? length - 1 : fromEnd(item.start), length - 1);
    const stop = item.stop === undefined ? -Infinity : fromEnd(item.stop);
    for (let at = start; at > stop && at >= 0; at += step) taken.push(at);
  }
  return taken;
}

// [length, start, stop, step, what CPython 3.12 takes of range(length)]
const recorded: readonly (readonly [number, number | null, number | null, number | null, readonly number[]])[] = [
  [0, null, null, -1, []],
  [0, -1, null, -2, []],
  [0, null, -3, null, []],
  [0, -100, 100, 3, []],
  [0, 100, -100, -3, []],
  [0, 3, 1, null, []],
  [0, 1, 3, -1, []],
  [0, -2, null, null, []],
  [0, null, 2, -1, []],
  [0, 2, null, 100, []],
  [0, 4, -6, -1, []],
  [0, 0, 0, null, []],
  [1, null, null, -1, [0]],
  [1, -1, null, -2, [0]],
  [1, null, -3, null, []],
  [1, -100, 100, 3, [0]],
  [1, 100, -100, -3, [0]],
  [1, 3, 1, null, []],
  [1, 1, 3, -1, []],
  [1, -2, null, null, [0]],
  [1, null, 2, -1, []],
  [1, 2, null, 100, []],
  [1, 4, -6, -1, [0]],
  [1, 0, 0, null, []],
  [5, null, null, -1, [4, 3, 2, 1, 0]],
  [5, -1, null, -2, [4, 2, 0]],
  [5, null, -3, null, [0, 1]],
  [5, -100, 100, 3, [0, 3]],
  [5, 100, -100, -3, [4, 1]],
  [5, 3, 1, null, []],
  [5, 1, 3, -1, []],
  [5, -2, null, null, [3, 4]],
  [5, null, 2, -1, [4, 3]],
  [5, 2, null, 100, [2]],
  [5, 4, -6, -1, [4, 3, 2, 1, 0]],
  [5, 0, 0, null, []],
];

describe('resolveSelection', () => {
  it('takes what Python takes', () => {
    for (const [length, start, stop, step, expected] of recorded) {
      const item: SelectionItem = { kind: 'slice', ...(start === null ? {} : { start }), ...(stop === null ? {} : { stop }), ...(step === null ? {} : { step }) };
      expect(take(item, length)).toEqual(expected);
    }
  });

  it('takes what a walk along the axis takes, for any slice', () => {
    fc.assert(fc.property(slices, fc.nat(12), (item, length) => {
      expect(take(item, length)).toEqual(naive(item as Extract<SelectionItem, { kind: 'slice' }>, length));
    }), { numRuns: 2_000 });
  });

  it('stays inside the axis for numbers of any size', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.maxSafeInteger().filter((n) => n !== 0), fc.nat(20), (start, stop, step, length) => {
      const taken = take({ kind: 'slice', start, stop, step }, length);
      expect(taken.every((at) => at >= 0 && at < length)).toBe(true);
    }));
  });

  it('counts negative integers from the end and drops their axes', () => {
    expect(resolveSelection([{ kind: 'index', index: -1 }, { kind: 'slice' }], [3, 4])).toEqual([{ start: 2, step: 1, count: 1, dropped: true }, wholeAxis(4)]);
    expect(selectedShape(resolveSelection([{ kind: 'index', index: 0 }], [3, 4]))).toEqual([4]);
  });

  it('takes axes that are not named whole', () => {
    fc.assert(fc.property(shapes, (shape) => {
      expect(selectedShape(resolveSelection([], shape))).toEqual(shape);
    }));
  });

  it.each([
    [[{ kind: 'index', index: 3 }], [3]],
    [[{ kind: 'index', index: -4 }], [3]],
    [[{ kind: 'index', index: 0 }], [0]],
    [[{ kind: 'slice', step: 0 }], [3]],
    [[{ kind: 'slice' }, { kind: 'slice' }], [3]],
    [[{ kind: 'slice' }], []],
  ] as [SelectionItem[], number[]][])('refuses %j of shape %j', (selection, shape) => {
    let thrown: unknown;
    try {
      resolveSelection(selection, shape);
    } catch (error) {
      thrown = error;
    }
    expect(isTesseraError(thrown, 'invalid_argument')).toBe(true);
  });
});
