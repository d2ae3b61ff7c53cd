import { Vector } from 'apache-arrow';
import { batchOf, float16Column, makeBatch, makeColumn, timestampColumn } from './make-batch.ts';
import { columnIndices, selectColumns, selectFields } from './select-columns.ts';

const batch = makeBatch({ a: Int32Array.of(1, 2), b: ['x', null], c: [true, false], d: BigInt64Array.of(1n, 2n) }, new Map([['pandas', '{}']]));

it('makes columns of typed arrays, texts and booleans', () => {
  expect(batch.toArray().map((row) => row.toJSON())).toEqual([{ a: 1, b: 'x', c: true, d: 1n }, { a: 2, b: null, c: false, d: 2n }]);
  expect(batch.schema.fields.map((field) => [field.name, field.nullable])).toEqual([['a', false], ['b', true], ['c', false], ['d', false]]);
});

it('makes text of every length of UTF-8', () => {
  const texts = ['', 'a', 'ü', '€', '🎉', 'mixed 🎉 ü', null];
  expect(new Vector([makeColumn(texts)]).toJSON()).toEqual(texts);
});

it('makes timestamps and half floats', () => {
  expect(String(timestampColumn(BigInt64Array.of(0n), 'ns', 'UTC').type)).toBe('Timestamp<NANOSECOND, UTC>');
  expect(new Vector([float16Column(Uint16Array.of(0x3c00))]).toJSON()).toEqual([1]);
});

it('refuses columns of different lengths', () => {
  expect(() => makeBatch({ a: new Int8Array(1), b: new Int8Array(2) })).toThrow(expect.objectContaining({ code: 'internal' }));
  expect(batchOf(selectFields(batch.schema, []), [], 7).numRows).toBe(7);
});

it('selects columns in the order asked for and keeps the metadata', () => {
  const indices = columnIndices(batch.schema, ['d', 'a', 'a']);
  expect(selectColumns(batch, indices).toArray().map((row) => [...row].map(([, value]) => value))).toEqual([[1n, 1, 1], [2n, 2, 2]]);
  expect(selectFields(batch.schema, indices).metadata).toEqual(new Map([['pandas', '{}']]));
  expect(columnIndices(batch.schema, undefined)).toEqual([0, 1, 2, 3]);
  expect(columnIndices(batch.schema, [])).toEqual([]);
  expect(() => columnIndices(batch.schema, ['a', 'nope'])).toThrow(expect.objectContaining({ code: 'invalid_argument', message: 'No such field nope.' }));
});
