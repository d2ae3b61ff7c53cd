import { parseScalarType, type Json } from '@tessera/domain';
import { fillAttributeV3 } from './fill-attribute-v3.ts';

const written = (value: Json, dtype: string) => {
  const attribute = fillAttributeV3(value, parseScalarType(dtype));
  return attribute === undefined ? undefined : JSON.stringify(attribute);
};
const doubleOf = (json: string | undefined) => Buffer.from(JSON.parse(json!) as string, 'base64').readDoubleLE();

describe('fillAttributeV3', () => {
  it('writes floats as the bytes of a double, NaN among them, which metadata has as null', () => {
    expect(doubleOf(written(-999.5, '<f4'))).toBe(-999.5);
    expect(doubleOf(written(null, '<f8'))).toBeNaN();
    expect(doubleOf(written([1e20], '>f8'))).toBe(1e20);
    expect(doubleOf(written('-Infinity', '<f8'))).toBe(-Infinity);
    expect(written([1, 2], '<c16')).toBe(JSON.stringify([1, 2].map((value) => Buffer.from(new Float64Array([value]).buffer).toString('base64'))));
  });

  it('keeps integers, texts and octets', () => {
    expect(written(-1, '<i2')).toBe('-1');
    expect(written('18446744073709551615', '<u8')).toBe('18446744073709551615');
    expect(written('a', '<U2')).toBe('"a"');
    expect(written('a', '|S1')).toBe('"YQ=="');
    expect(written(1, '|b1')).toBe('true');
  });

  it('leaves out what does not fit', () => {
    expect([written('much', '<f8'), written([1, 2], '<f8'), written('x', '<i4'), written(null, '<i4'), written(0, '<M8[ns]'), written({}, '<U1')]).toEqual(Array(6).fill(undefined));
  });
});
