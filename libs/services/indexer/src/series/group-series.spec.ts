import fc from 'fast-check';
import type { Entry } from '@tessera/domain';
import { childUri, uriName } from '@tessera/storage';
import { groupSeries, parseFrameName } from './group-series.ts';

const suffixes = new Set(['.npy', '.tif']);
const entriesOf = (names: readonly string[]): Entry[] => names.map((name) => ({ uri: childUri('file://localhost/data', name), isDirectory: false }));
const group = (...names: string[]) => {
  const { series, others } = groupSeries(entriesOf(names), suffixes);
  return {
    series: series.map(({ prefix, suffix, width, frames }) => ({ prefix, suffix, width, names: frames.map(({ entry }) => uriName(entry.uri)) })),
    others: others.map(({ uri }) => uriName(uri)).sort(),
  };
};

describe('names with a running number', () => {
  it('make a series in the order of their numbers', () => {
    expect(group('a10.npy', 'a9.npy', 'a1.npy').series).toEqual([{ prefix: 'a', suffix: '.npy', width: 1, names: ['a1.npy', 'a9.npy', 'a10.npy'] }]);
    expect(group('f_0998.tif', 'f_10000.tif', 'f_0999.tif').series).toEqual([{ prefix: 'f_', suffix: '.tif', width: 4, names: ['f_0998.tif', 'f_0999.tif', 'f_10000.tif'] }]);
    expect(group('007.npy', '008.npy').series).toEqual([{ prefix: '', suffix: '.npy', width: 3, names: ['007.npy', '008.npy'] }]);
    expect(group('a 5%_01.TIF', 'a 5%_02.TIF').series).toMatchObject([{ prefix: 'a%205%25_', suffix: '.TIF', width: 2 }]);
  });

  it('stand alone if there is but one, or if they are written in another way', () => {
    expect(group('a1.npy', 'a1.tif', 'b1.npy', 'c.npy', 'd2.h5', 'd3.h5')).toEqual({ series: [], others: ['a1.npy', 'a1.tif', 'b1.npy', 'c.npy', 'd2.h5', 'd3.h5'] });
    expect(group('a1.npy', 'a002.npy')).toEqual({ series: [], others: ['a002.npy', 'a1.npy'] });
    expect(group('a01.npy', 'a02.npy', 'a001.npy', 'a002.npy').series.map(({ width }) => width).sort()).toEqual([2, 3]);
    expect(group('scan1x.npy', 'scan2x.npy').series).toEqual([]);
  });

  it('are no numbers if they are too long to be exact', () => {
    expect(parseFrameName('t123456789012345.npy')).toEqual({ prefix: 't', digits: '123456789012345', suffix: '.npy' });
    expect(parseFrameName('t1234567890123456.npy')).toBeUndefined();
  });

  it('leaves folders alone', () => {
    const folders = entriesOf(['a1.npy', 'a2.npy']).map((entry) => ({ ...entry, isDirectory: true }));
    expect(groupSeries(folders, suffixes)).toEqual({ series: [], others: folders });
  });

  it('gives every file one place, and names that can be made of number and width again', () => {
    const name = fc.tuple(fc.constantFrom('a', 'b_', '', 'x y%', 'n1.'), fc.constantFrom('0', '00', '000', '', ''), fc.nat(1200), fc.constantFrom('.npy', '.tif', '.csv')).map((parts) => parts.join(''));
    fc.assert(fc.property(fc.uniqueArray(name, { maxLength: 40 }), (names) => {
      const { series, others } = groupSeries(entriesOf(names), suffixes);
      const placed = [...series.flatMap(({ frames }) => frames.map(({ entry }) => entry)), ...others];
      expect(placed.map(({ uri }) => uriName(uri)).sort()).toEqual([...names].sort());
      for (const { folderUri, prefix, suffix, width, frames } of series) {
        expect(frames.map(({ number }) => `${folderUri}/${prefix}${String(number).padStart(width, '0')}${suffix}`)).toEqual(frames.map(({ entry }) => entry.uri));
        expect(frames.every(({ number }, index) => index === 0 || number > frames[index - 1]!.number)).toBe(true);
      }
    }));
  });
});
