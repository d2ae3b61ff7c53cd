import { dimensionNames } from './dimension-names.ts';

describe('names of axes', () => {
  it('are those of the first scale of each axis', () => {
    expect(dimensionNames({ DIMENSION_LIST: [['/entry/time', '/entry/frame'], ['/x']] }, 2, 'flux')).toEqual(['time', 'x']);
  });

  it('are labels where there is no scale, and numbered where there is neither', () => {
    expect(dimensionNames({ DIMENSION_LIST: [[], ['/x'], []], DIMENSION_LABELS: ['t', 'ignored', ''] }, 3, 'flux')).toEqual(['t', 'x', 'dim_2']);
  });

  it('are its own of a scale', () => {
    expect(dimensionNames({ CLASS: 'DIMENSION_SCALE', NAME: 'seconds' }, 1, 'time')).toEqual(['time']);
  });

  it.each([[{}], [{ DIMENSION_LIST: null }], [{ DIMENSION_LIST: [[null], 7], DIMENSION_LABELS: ['', 3] }], [{ CLASS: 'DIMENSION_SCALE' }]])('are none where nothing sound says so: %j', (metadata) => {
    expect(dimensionNames(metadata, 2, 'flux')).toBeUndefined();
  });
});
