import fc from 'fast-check';
import { isTesseraError } from '../errors/tessera-error.ts';
import { formatDescr, formatScalarType, isStruct, parseDescr, parseScalarType, sameDataType, structType, type DataType, type NumpyDescr, type ScalarType } from './data-type.ts';

const order = fc.constantFrom('little', 'big');
const numbers: fc.Arbitrary<ScalarType> = fc.tuple(fc.constantFrom('i2', 'i4', 'i8', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8', 'f16', 'c8', 'c16'), order).map(([name, endianness]) => ({
  kind: name[0] as ScalarType['kind'], itemsize: Number(name.slice(1)), endianness: endianness as 'little' | 'big',
}));
const bytes: fc.Arbitrary<ScalarType> = fc.tuple(fc.constantFrom('b1', 'i1', 'u1', 'S0', 'S7', 'V3', 'V16')).map(([name]) => ({
  kind: name[0] as ScalarType['kind'], itemsize: Number(name.slice(1)), endianness: 'not_applicable',
}));
const texts: fc.Arbitrary<ScalarType> = fc.tuple(fc.nat(300), order).map(([length, endianness]) => ({ kind: 'U', itemsize: length * 4, endianness: endianness as 'little' }));
const times: fc.Arbitrary<ScalarType> = fc.tuple(fc.constantFrom('m', 'M'), order, fc.constantFrom('', '[ns]', '[10ms]', '[D]', '[25s]', '[us]')).map(([kind, endianness, units]) => ({
  kind: kind as 'm', itemsize: 8, endianness: endianness as 'little', units,
}));
const scalars = fc.oneof(numbers, bytes, texts, times);
const { dataType } = fc.letrec<{ dataType: DataType; struct: DataType }>((tie) => ({
  dataType: fc.oneof({ maxDepth: 3 }, scalars, tie('struct')),
  struct: fc.array(fc.tuple(fc.string({ minLength: 1 }), tie('dataType'), fc.option(fc.array(fc.nat(4), { minLength: 1, maxLength: 2 }), { nil: undefined })), { minLength: 1, maxLength: 4 })
    .map((fields) => structType(fields.map(([name, type, shape]) => ({ name, dataType: type, ...(shape ? { shape } : {}) })))),
}));

describe('data types', () => {
  it('come back from numpy’s own description', () => {
    fc.assert(fc.property(dataType, (type) => {
      const descr = JSON.parse(JSON.stringify(formatDescr(type))) as NumpyDescr;
      expect(parseDescr(descr)).toEqual(type);
      expect(sameDataType(parseDescr(descr), type)).toBe(true);
    }));
  });

  it('of structs are as long as their fields together', () => {
    fc.assert(fc.property(dataType, (type) => {
      if (!isStruct(type)) return;
      const byteLengths = type.fields.map((field) => field.dataType.itemsize * (field.shape ?? []).reduce((product, length) => product * length, 1));
      expect(type.itemsize).toBe(byteLengths.reduce((sum, length) => sum + length, 0));
    }));
  });

  // numpy.dtype(left).str on the right, little-endian machine.
  it.each([
    ['<f8', '<f8'], ['|b1', '|b1'], ['b1', '|b1'], ['=i4', '<i4'], ['i4', '<i4'], ['>i1', '|i1'], ['<u1', '|u1'], ['S', '|S0'], ['<S5', '|S5'], ['U3', '<U3'], ['>U3', '>U3'],
    ['U', '<U0'], ['V', '|V0'], ['>V8', '|V8'], ['M8[ns]', '<M8[ns]'], ['M8', '<M8'], ['>m8[10us]', '>m8[10us]'], ['>c16', '>c16'],
  ])('%s is %s', (text, expected) => {
    expect(formatScalarType(parseScalarType(text))).toBe(expected);
  });

  it.each(['', 'f', 'i', 'f3', '<f5', 'i16', 'b2', 'O', '|O8', 'M4[ns]', 'f8[ns]', '<f8 ', 'float64', '<U99999999999999999999', '?', '<M8[]', 'S-1'])('refuses %j', (text) => {
    let thrown: unknown;
    try {
      parseScalarType(text);
    } catch (error) {
      thrown = error;
    }
    expect(isTesseraError(thrown, 'invalid_argument')).toBe(true);
  });
});
