import fc from 'fast-check';
import { copyRegion, cStrides } from './copy-region.ts';

describe('copyRegion', () => {
  it('copies any box of items of any size, wherever they lie in memory', () => {
    const axis = fc.record({ length: fc.integer({ min: 1, max: 40 }), step: fc.constantFrom(1, 2, -1, -3), pad: fc.nat(2) });
    const cases = fc.record({ axes: fc.array(axis, { maxLength: 3 }), itemsize: fc.constantFrom(0, 1, 2, 3, 4, 6, 8, 12, 16, 20), sourceShift: fc.nat(7), targetShift: fc.nat(7) });
    fc.assert(fc.property(cases, ({ axes, itemsize, sourceShift, targetShift }) => {
      const shape = axes.map((one) => one.length);
      const counts = axes.map((one) => Math.ceil(one.length / Math.abs(one.step)));
      const targetShape = counts.map((count, index) => count + axes[index]!.pad);
      const product = (lengths: readonly number[]) => lengths.reduce((total, length) => total * length, 1);
      const source = Uint8Array.from({ length: product(shape) * itemsize }, (_, index) => (index * 31 + 7) & 255);
      const shifted = new Uint8Array(new ArrayBuffer(sourceShift + source.byteLength), sourceShift);
      shifted.set(source);
      const target = new Uint8Array(new ArrayBuffer(targetShift + product(targetShape) * itemsize), targetShift).fill(0xaa);
      const expected = target.slice();
      const from = cStrides(shape);
      const to = cStrides(targetShape);
      const start = axes.reduce((total, one, index) => total + (one.step < 0 ? (one.length - 1) * from[index]! : 0), 0);
      const strides = axes.map((one, index) => one.step * from[index]!);
      copyRegion({ bytes: shifted, start, strides }, { bytes: target, start: 0, strides: to }, counts, itemsize);
      const visit = (index: number, at: number, place: number): void => {
        if (index < counts.length) {
          for (let i = 0; i < counts[index]!; i++) visit(index + 1, at + i * strides[index]!, place + i * to[index]!);
          return;
        }
        for (let byte = 0; byte < itemsize; byte++) expected[place * itemsize + byte] = source[at * itemsize + byte]!;
      };
      visit(0, start, 0);
      expect(Buffer.from(target).equals(expected)).toBe(true);
    }), { numRuns: 400 });
  });

  it('keeps the bits of NaN', () => {
    const source = Uint32Array.of(0x7ff80000, 0xfff00001, 0x7ff7ffff, 0x12345678);
    const target = new Uint32Array(4);
    copyRegion({ bytes: new Uint8Array(source.buffer), start: 1, strides: [-1] }, { bytes: new Uint8Array(target.buffer), start: 0, strides: [1] }, [2], 8);
    expect([...target]).toEqual([0x7ff7ffff, 0x12345678, 0x7ff80000, 0xfff00001]);
  });

  it('repeats an element that has no stride', () => {
    const target = new Uint8Array(6);
    copyRegion({ bytes: Uint8Array.of(7, 8), start: 0, strides: [0] }, { bytes: target, start: 0, strides: [1] }, [3], 2);
    expect([...target]).toEqual([7, 8, 7, 8, 7, 8]);
  });
});
