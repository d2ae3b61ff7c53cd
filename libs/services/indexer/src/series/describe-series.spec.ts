import { gapText, gapsOf, namePattern, seriesMetadata, servedApart } from './describe-series.ts';

describe('what is told of a series', () => {
  it('names the gaps, and counts all of them', () => {
    expect(gapsOf([1, 2, 3])).toEqual({ named: [], count: 0 });
    expect(gapsOf([1, 3, 7, 8])).toEqual({ named: [[2, 2], [4, 6]], count: 4 });
    const many = gapsOf(Array.from({ length: 5000 }, (_, index) => index * 3));
    expect([many.named.length, many.count]).toEqual([1000, 9998]);
  });

  it('is one line for people', () => {
    expect(gapText([4, 5])).toBeUndefined();
    expect(gapText([4, 6])).toBe('The number 5 is missing between 4 and 6.');
    expect(gapText([1, 3, 7])).toBe('4 numbers 2, 4–6 are missing between 1 and 7.');
    expect(gapText(Array.from({ length: 100 }, (_, index) => index * 2))!.length).toBeLessThan(120);
  });

  it('gives names as Python formats them', () => {
    expect(namePattern('frame_', '.tif', 4)).toBe('frame_{:04d}.tif');
    expect(namePattern('{a}', '.npy', 1)).toBe('{{a}}{:d}.npy');
  });

  it('tells which frames are to be had elsewhere', () => {
    const metadata = { series: seriesMetadata('a{:d}.npy', [1, 2, 4], [
      { index: 0, file: 'a1.npy', reason: 'It is cut off.', isServedApart: false },
      { index: 2, file: 'a4.npy', reason: 'It is 3 of "<i4", the others are 2 of "<i4".', isServedApart: true },
    ]) };
    expect(metadata.series).toMatchObject({ first: 1, last: 4, count: 3, missing: [[3, 3]], missing_count: 1, unreadable_count: 2 });
    expect(servedApart(metadata)).toEqual([2]);
    expect(servedApart({})).toEqual([]);
  });
});
