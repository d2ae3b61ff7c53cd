import { parseScalarType, type ArrayLayout, type Json, type Node } from '@tessera/domain';
import { fillValueV2 } from './fill-value-v2.ts';

const layout = (descr: string, write?: (view: DataView) => void): ArrayLayout => {
  const dataType = parseScalarType(descr);
  const fillValue = new Uint8Array(dataType.itemsize);
  write?.(new DataView(fillValue.buffer));
  return { dataType, grid: { shape: [4], chunks: [2] }, edge: 'padded', codecs: [], volatile: false, ...(write ? { fillValue } : {}) };
};
const node = (spec: string, attrs: Record<string, Json>): Node => ({
  id: 1, path: ['a'], structure: { family: 'array', array: { dataType: parseScalarType('<i2'), shape: [4], chunks: [2] } },
  metadata: { attrs }, specs: spec === '' ? [] : [{ name: spec }], insideFile: true, revision: 1,
});
const seven = layout('<i2', (view) => view.setInt16(0, 7, true));

describe('the fill value of .zarray', () => {
  it('is null of all that names no mark of missing values: xarray would take it for one', () => {
    expect(fillValueV2({ node: node('', {}) }, seven)).toBeNull();
    expect(fillValueV2({ node: node('', {}) }, layout('<i2'))).toBeNull();
    expect(fillValueV2({ node: node('xarray_coord', { _FillValue: 7 }), column: 'c' }, seven)).toBeNull();
  });

  it('is NaN wherever it is that, and of nothing the only value', () => {
    expect(fillValueV2({ node: node('', {}) }, layout('<f4', (view) => view.setFloat32(0, NaN, true)))).toBe('NaN');
    expect(fillValueV2({ node: node('', {}) }, layout('|S0'))).not.toBeNull();
  });

  it('is null for variables without such a mark, or with another one', () => {
    expect(fillValueV2({ node: node('xarray_data_var', {}) }, seven)).toBeNull();
    expect(fillValueV2({ node: node('xarray_coord', { _FillValue: 8 }) }, seven)).toBeNull();
    expect(fillValueV2({ node: node('xarray_data_var', { _FillValue: 7 }) }, layout('<i2'))).toBeNull();
  });

  it.each<[string, Json, ArrayLayout, unknown]>([
    ['a number', 7, seven, 7],
    ['NaN, null in metadata', null, layout('<f8', (view) => view.setFloat64(0, NaN, true)), 'NaN'],
    ['a wide integer as digits', '1152921504606846977', layout('>i8', (view) => view.setBigInt64(0, 2n ** 60n + 1n)), { rawJSON: '1152921504606846977' }],
    ['a wide integer as the number that equals it', -(2 ** 63), layout('<i8', (view) => view.setBigInt64(0, -(2n ** 63n), true)), { rawJSON: '-9223372036854775808' }],
  ])('is that of the data where the mark is the same: %s', (_what, _FillValue, array, expected) => {
    expect(fillValueV2({ node: node('xarray_data_var', { _FillValue }) }, array)).toEqual(typeof expected === 'object' ? expect.objectContaining(expected as object) : expected);
  });
});
