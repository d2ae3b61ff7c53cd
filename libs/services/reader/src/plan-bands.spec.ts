import fc from 'fast-check';
import { resolveSelection, type AxisChunks, type AxisRange } from '@tessera/domain';
import { planBands } from './plan-bands.ts';

const axis = fc.record({
  chunks: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 })) as fc.Arbitrary<AxisChunks>,
  length: fc.integer({ min: 0, max: 14 }),
  step: fc.constantFrom(1, 2, -1, -4),
});

/** Positions in C order, element by element. */
function* positions(ranges: readonly AxisRange[]): Generator<string> {
  const [first, ...rest] = ranges;
  if (!first) {
    yield '';
    return;
  }
  for (let i = 0; i < first.count; i++) for (const inner of positions(rest)) yield `${first.start + i * first.step},${inner}`;
}

describe('planBands', () => {
  it('cuts a selection into parts that follow each other and are small', () => {
    const cases = fc.record({ axes: fc.array(axis, { maxLength: 3 }), band: fc.integer({ min: 1, max: 60 }), more: fc.nat(100), maxChunkCount: fc.integer({ min: 1, max: 40 }), itemsize: fc.integer({ min: 1, max: 8 }) });
    fc.assert(fc.property(cases, ({ axes, band, more, maxChunkCount, itemsize }) => {
      const chunks = axes.map((one) => one.chunks);
      const shape = axes.map((one) => (typeof one.chunks === 'number' ? one.length : one.chunks.reduce((sum, part) => sum + part, 0)));
      const ranges = resolveSelection(axes.map((one) => ({ kind: 'slice', step: one.step })), shape);
      const bands = [...planBands({ shape, chunks }, ranges, { itemsize, bandByteLength: band, maxBandByteLength: band + more, maxChunkCount })];
      expect(bands.flatMap((one) => [...positions(one)])).toEqual([...positions(ranges)]);
      for (const one of bands) {
        const count = one.reduce((product, range) => product * range.count, 1);
        expect(count === 1 || count * itemsize <= band + more).toBe(true);
      }
    }), { numRuns: 500 });
  });

  it('has a bound on the chunks of a band, however short they are', () => {
    const counts = (shape: number[], chunks: number[], maxChunkCount: number) =>
      [...planBands({ shape, chunks }, resolveSelection([], shape), { itemsize: 1, bandByteLength: 2 ** 20, maxBandByteLength: 2 ** 24, maxChunkCount })].map((band) => band.map(({ count }) => count));
    expect(counts([100], [10], 4)).toEqual([[40], [40], [20]]);
    expect(counts([4, 100], [2, 10], 20)).toEqual([[4, 100]]);
    expect(counts([4, 100], [2, 10], 10)).toEqual([[2, 100], [2, 100]]);
    expect(counts([2, 100], [2, 10], 5)).toEqual([[1, 50], [1, 50], [1, 50], [1, 50]]);
    const { value } = planBands({ shape: [6, 2 ** 31], chunks: [3, 3] }, resolveSelection([], [6, 2 ** 31]), { itemsize: 1, bandByteLength: 2 ** 20, maxBandByteLength: 2 ** 24 }).next();
    expect((value as AxisRange[]).map(({ count }) => count)).toEqual([1, 32_768 * 3]);
  });

  it('ends bands where chunks end', () => {
    const counts = (bandByteLength: number, maxBandByteLength: number) =>
      [...planBands({ shape: [100], chunks: [10] }, resolveSelection([], [100]), { itemsize: 1, bandByteLength, maxBandByteLength })].map(([range]) => range!.count);
    expect(counts(35, 35)).toEqual([30, 30, 30, 10]);
    expect(counts(4, 12)).toEqual(new Array(10).fill(10));
    expect(counts(4, 6)).toEqual(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 6 : 4)));
  });
});
