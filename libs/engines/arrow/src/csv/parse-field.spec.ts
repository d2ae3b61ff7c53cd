import fc from 'fast-check';
import { isMissing, numberKind, parseBool, scannedFloat64, scannedInteger } from './parse-field.ts';

const field = (text: string) => {
  const bytes = new TextEncoder().encode(`<${text}>`);
  return { bytes, start: 1, end: bytes.byteLength - 1 };
};
const floatOf = (text: string) => (numberKind(field(text)) === undefined ? undefined : scannedFloat64(field(text)));
const integerOf = (text: string) => (numberKind(field(text)) === 'int' ? scannedInteger(field(text)) : undefined);

describe('numbers', () => {
  it.each(['0', '-1', '+7', ' 42 ', '007', '\t1'])('%j is an integer', (text) => {
    expect(numberKind(field(text))).toBe('int');
    expect(Number(integerOf(text))).toBe(Number(text));
  });

  it.each(['1.5', '.5', '5.', '1e3', '-1E-3', '1e+2', 'inf', '-Infinity', '+INF', '1e400'])('%j is a float', (text) => {
    expect(numberKind(field(text))).toBe('float');
  });

  it.each(['', ' ', '.', '-', '1e', 'e5', '1_0', '0x10', '1 2', '- 1', '++1', '1.2.3', 'nanx', 'infin', '1d5', '.inf', '--inf'])('%j is neither', (text) => {
    expect(numberKind(field(text))).toBeUndefined();
  });

  it('reads floats exactly', () => {
    fc.assert(fc.property(fc.double({ noNaN: true }), (value) => {
      const text = value === Infinity ? 'inf' : value === -Infinity ? '-inf' : String(value);
      expect(floatOf(Object.is(value, -0) ? '-0.0' : text)).toBe(value);
    }));
    expect([floatOf('0.30000000000000004'), floatOf('1e-320'), floatOf('1e400'), floatOf('123456789012345678901234567890.5')]).toEqual([0.30000000000000004, 1e-320, Infinity, 123456789012345678901234567890.5]);
  });

  it('reads integers exactly, long ones as BigInt', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (value) => {
      expect(BigInt(integerOf(String(value))!)).toBe(value);
    }));
    expect(integerOf('+9223372036854775807')).toBe(9223372036854775807n);
  });
});

it('knows what pandas takes for missing', () => {
  for (const text of ['', 'NA', 'N/A', '#N/A', 'nan', '-nan', 'NULL', 'None', '<NA>', '1.#QNAN', '-1.#IND']) expect(isMissing(field(text))).toBe(true);
  for (const text of [' ', 'na', 'NAN', 'x', '-', '1', '#', 'NA ', 'none']) expect(isMissing(field(text))).toBe(false);
});

it('reads booleans in the three ways of pandas', () => {
  expect(['True', 'TRUE', 'true', 'False', 'FALSE', 'false'].map((text) => parseBool(field(text)))).toEqual([true, true, true, false, false, false]);
  expect(['tRUE', 'yes', '1', 'truer', ''].map((text) => parseBool(field(text)))).toEqual([undefined, undefined, undefined, undefined, undefined]);
});
