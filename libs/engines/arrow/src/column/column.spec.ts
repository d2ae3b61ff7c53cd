import { Dictionary, Field, Int8, List, Struct, Utf8, Vector, makeData, vectorFromArray, type Data } from 'apache-arrow';
import { formatScalarType, type ScalarType } from '@tessera/domain';
import { makeBatch, makeColumn, type ColumnValues } from '../batch/make-batch.ts';
import { columnToArray } from './column-to-array.ts';
import { columnTypeOf, describeColumn } from './column-type.ts';
import { flattenBatch, flattenDictionary } from './flatten-dictionary.ts';

async function describeValues(...chunks: ColumnValues[]): Promise<ScalarType> {
  const batches = chunks.map((values) => makeBatch({ x: values }));
  const field = new Field('x', batches[0]!.schema.fields[0]!.type, true);
  return (await describeColumn(field, (async function* () { yield* batches; })())).dataType;
}

const bytesOf = (values: ColumnValues, type: ScalarType) => Buffer.concat([...columnToArray(makeColumn(values), type)]);

it('finds the width of text over all batches, in characters', async () => {
  expect(formatScalarType(await describeValues(['a', 'ü€'], ['🎉🎉🎉'], ['']))).toBe('<U3');
  expect(formatScalarType(await describeValues(['a', null]))).toBe('<U4');
  expect(formatScalarType(await describeValues(['']))).toBe('<U1');
});

it('makes integers and booleans floats only if one is missing', async () => {
  expect(formatScalarType(await describeValues([true, false]))).toBe('|b1');
  expect(formatScalarType(await describeValues([true], [null, false]))).toBe('<f8');
  expect(formatScalarType(await describeValues(Int16Array.of(1)))).toBe('<i2');
});

it('tells from the type alone where it can', () => {
  expect(columnTypeOf(new Field('x', new Int8(), false))).toEqual({ kind: 'i', itemsize: 1, endianness: 'not_applicable' });
  expect(columnTypeOf(new Field('x', new Int8(), true))).toBeUndefined();
  expect(columnTypeOf(new Field('x', new Utf8(), false))).toBeUndefined();
  for (const type of [new List(new Field('item', new Int8(), true)), new Struct([])]) {
    expect(() => columnTypeOf(new Field('points', type, true))).toThrow(expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(/points.*(List|Struct)/) }));
  }
});

it('refuses an array whose items would be as long as a book', async () => {
  await expect(describeValues(['x'.repeat(300_000)])).rejects.toMatchObject({ code: 'unsupported' });
});

it('writes UCS-4 with NULs, <NA> for what is missing, and replaces broken text', () => {
  const type: ScalarType = { kind: 'U', itemsize: 16, endianness: 'little' };
  expect([...new Uint32Array(new Uint8Array(bytesOf(['é🎉', null], type)).buffer)]).toEqual([0xe9, 0x1f389, 0, 0, 60, 78, 65, 62]);
  const broken = makeData({ type: new Utf8(), length: 1, nullCount: 0, valueOffsets: Int32Array.of(0, 3), data: Uint8Array.of(0x61, 0xff, 0x62) } as never) as Data;
  expect([...new Uint32Array([...columnToArray(broken, type)][0]!.buffer)]).toEqual([0x61, 0xfffd, 0x62, 0]);
});

it('cuts long columns into pieces of whole items', () => {
  const type: ScalarType = { kind: 'U', itemsize: 400_000, endianness: 'little' };
  const pieces = [...columnToArray(makeColumn(Array.from({ length: 25 }, (_, i) => `row ${i}`)), type)];
  expect(pieces.map((piece) => piece.byteLength / type.itemsize)).toEqual([10, 10, 5]);
});

describe('dictionaries', () => {
  const dictionary = (type: Dictionary, values: unknown[], indices: number[], nullBitmap?: Uint8Array) =>
    makeData({ type, length: indices.length, nullCount: nullBitmap ? -1 : 0, nullBitmap, data: Int8Array.from(indices), dictionary: vectorFromArray(values, type.dictionary) } as never) as Data;

  it('become their values, also where the index or the value is missing', () => {
    const data = dictionary(new Dictionary(new Utf8(), new Int8()), ['a', null, 'ccc'], [2, 0, 1, 0], Uint8Array.of(0b0111));
    expect(new Vector([flattenDictionary(data)]).toJSON()).toEqual(['ccc', 'a', null, null]);
  });

  it('of other types too, and with deltas', () => {
    const type = new Dictionary(new Int8(), new Int8());
    const values = vectorFromArray([10, 20], new Int8()).concat(vectorFromArray([30], new Int8()));
    const data = makeData({ type, length: 3, nullCount: 0, data: Int8Array.of(2, 0, 1), dictionary: values } as never) as Data;
    expect(new Vector([flattenDictionary(data)]).toJSON()).toEqual([30, 10, 20]);
  });

  it('leave a batch in which there are none', () => {
    const batch = makeBatch({ a: Int8Array.of(1), b: ['x'] });
    expect(flattenBatch(batch).schema.toString()).toBe(batch.schema.toString());
  });
});
