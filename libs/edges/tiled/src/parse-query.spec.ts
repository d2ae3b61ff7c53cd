import fc from 'fast-check';
import { isTesseraError, type Query } from '@tessera/domain';
import { parseQuery, queryNames } from './parse-query.ts';
import { parseSort } from './parse-sort.ts';

const filter = (name: string, fields: Record<string, string | string[]>) =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [`filter[${name}][condition][${field}]`, value]));

describe('parseQuery', () => {
  const cases: [string, Record<string, string | string[]>, Query][] = [
    ['eq', { key: 'a.b', value: '"red"' }, { op: 'eq', key: ['a', 'b'], value: 'red' }],
    ['noteq', { key: 'n', value: 'null' }, { op: 'noteq', key: ['n'], value: null }],
    ['comparison', { operator: 'ge', key: 'n', value: '1.5' }, { op: 'compare', operator: 'ge', key: ['n'], value: 1.5 }],
    ['contains', { key: 'l', value: '[1]' }, { op: 'contains', key: ['l'], value: [1] }],
    ['in', { key: 'c', value: '["a",1]' }, { op: 'in', key: ['c'], values: ['a', 1] }],
    ['notin', { key: 'c', value: '[]' }, { op: 'notin', key: ['c'], values: [] }],
    ['fulltext', { text: 'two words' }, { op: 'fulltext', text: 'two words' }],
    ['regex', { key: 'c', pattern: '^r' }, { op: 'regex', key: ['c'], pattern: '^r', caseSensitive: true }],
    ['regex', { key: 'c', pattern: '^r', case_sensitive: 'false' }, { op: 'regex', key: ['c'], pattern: '^r', caseSensitive: false }],
    ['like', { key: 'c', pattern: '"bl%"' }, { op: 'like', key: ['c'], pattern: 'bl%' }],
    ['keypresent', { key: 'c', exists: 'false' }, { op: 'present', key: ['c'], present: false }],
    ['keypresent', { key: 'c' }, { op: 'present', key: ['c'], present: true }],
    ['specs', { include: '["a"]', exclude: '[]' }, { op: 'specs', include: ['a'], exclude: [] }],
    ['structure_family', { value: 'array' }, { op: 'family', family: 'array' }],
    ['keys_filter', { keys: '["A","B"]' }, { op: 'keys', keys: ['A', 'B'] }],
    ['lookup', { key: 'A' }, { op: 'keys', keys: ['A'] }],
  ];
  it.each(cases)('reads %s %j', (name, fields, expected) => {
    expect(parseQuery(filter(name, fields))).toEqual(expected);
  });

  it('reads every name that is announced', () => {
    expect([...new Set(cases.map(([name]) => name))].sort()).toEqual([...queryNames].sort());
  });

  it('pairs repeated fields by position and drops what has no partner', () => {
    expect(parseQuery({ ...filter('eq', { key: ['a', 'b', 'c'], value: ['1', '2'] }), ...filter('lookup', { key: 'k' }) })).toEqual({
      op: 'and',
      queries: [{ op: 'keys', keys: ['k'] }, { op: 'eq', key: ['a'], value: 1 }, { op: 'eq', key: ['b'], value: 2 }],
    });
  });

  it('is undefined without filters, and ignores unknown names', () => {
    expect(parseQuery({})).toBeUndefined();
    expect(parseQuery({ fields: '', 'filter[new][condition][x]': '1', 'filter[eq]': '1' })).toBeUndefined();
  });

  it.each([
    ['eq', { key: 'color', value: 'red' }, 'invalid_argument'],
    ['eq', { key: 'color' }, 'invalid_argument'],
    ['eq', { key: '', value: '1' }, 'invalid_argument'],
    ['in', { key: 'c', value: '"a"' }, 'invalid_argument'],
    ['like', { key: 'c', pattern: '1' }, 'invalid_argument'],
    ['regex', { key: 'c', pattern: '(' }, 'invalid_argument'],
    ['regex', { key: 'c', pattern: 'a', case_sensitive: 'maybe' }, 'unprocessable'],
    ['comparison', { operator: 'eq', key: 'c', value: '1' }, 'unprocessable'],
    ['structure_family', { value: 'cube' }, 'unprocessable'],
    ['keys_filter', { keys: '[1]' }, 'invalid_argument'],
    ['specs', { include: 'a' }, 'invalid_argument'],
    ['access_blob_filter', { user_id: 'x', tags: '[]' }, 'invalid_argument'],
  ])('refuses %s %j with a sentence', (name, fields, code) => {
    expect(() => parseQuery(filter(name, fields as Record<string, string>))).toThrow(expect.objectContaining({ code, message: expect.stringMatching(/.{15,}/) }));
  });

  it('refuses a pile of filters', () => {
    expect(() => parseQuery(filter('lookup', { key: Array.from({ length: 101 }, () => 'k') }))).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it('never fails in another way than by a refusal', () => {
    const names = fc.constantFrom(...queryNames, 'access_blob_filter', 'x');
    const fieldNames = fc.constantFrom('key', 'value', 'text', 'keys', 'pattern', 'operator', 'include', 'exclude', 'exists', 'case_sensitive');
    const value = fc.oneof(fc.string(), fc.json(), fc.array(fc.string(), { maxLength: 3 }));
    fc.assert(fc.property(fc.array(fc.tuple(names, fieldNames, value), { maxLength: 6 }), (fields) => {
      const raw = Object.fromEntries(fields.map(([name, field, text]) => [`filter[${name}][condition][${field}]`, text]));
      try {
        parseQuery(raw);
      } catch (error) {
        expect(isTesseraError(error, 'invalid_argument') || isTesseraError(error, 'unprocessable')).toBe(true);
      }
    }));
  });
});

describe('parseSort', () => {
  it('reads keys, directions and the default order', () => {
    expect(parseSort({ sort: ['color', '-metadata.a.b', '+id', '', '-'] })).toEqual([
      { key: { metadata: ['color'] }, direction: 1 }, { key: { metadata: ['a', 'b'] }, direction: -1 },
      { key: { column: 'id' }, direction: 1 }, { key: { column: 'default' }, direction: -1 },
    ]);
    expect(parseSort({})).toEqual([]);
    expect(parseSort({ sort: ' n' })).toEqual([{ key: { metadata: ['n'] }, direction: 1 }]);
  });

  it.each([['a b', 'unprocessable'], ["x'; drop", 'unprocessable'], [['color', '-color'], 'invalid_argument'], [['-', 'color'], 'invalid_argument']])('refuses %j', (sort, code) => {
    expect(() => parseSort({ sort })).toThrow(expect.objectContaining({ code }));
  });
});
