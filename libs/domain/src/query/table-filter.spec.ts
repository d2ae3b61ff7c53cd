import fc from 'fast-check';
import { allOf, checkTableFilter, filteredColumns, parseTableFilter, type TableFilter } from './table-filter.ts';

const invalid = (message: RegExp) => expect.objectContaining({ code: 'invalid_argument', message: expect.stringMatching(message) });

const value = fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0));
const condition = fc.oneof(
  fc.record({ column: fc.string(), op: fc.constantFrom('eq' as const, 'ne' as const, 'lt' as const, 'le' as const, 'gt' as const, 'ge' as const), value }),
  fc.record({ column: fc.string(), op: fc.constantFrom('in' as const, 'notin' as const), values: fc.array(value, { maxLength: 3 }) }),
  fc.record({ column: fc.string(), op: fc.constantFrom('isnull' as const, 'notnull' as const) }),
);
const filters = fc.letrec<{ filter: TableFilter }>((tie) => ({
  filter: fc.oneof({ maxDepth: 4 }, condition as fc.Arbitrary<TableFilter>, fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }), fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }), fc.record({ not: tie('filter') })),
})).filter;

describe('table filters', () => {
  it('are read from their own JSON', () => {
    fc.assert(fc.property(filters, (filter) => {
      expect(parseTableFilter(JSON.stringify(filter))).toEqual(JSON.parse(JSON.stringify(filter)));
    }));
  });

  it('are refused, and never anything worse, whatever the JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => {
      const isCondition = typeof json === 'object' && json !== null && ('and' in json || 'or' in json || 'not' in json || 'column' in json);
      if (!isCondition) expect(() => checkTableFilter(json)).toThrow(invalid(/^A filter is /));
    }));
  });

  it('keep the digits of large integers, and nothing else as text', () => {
    expect(parseTableFilter('{"column":"a","op":"in","values":[9007199254740993,-9223372036854775808,9007199254740991,1e20,0.5]}')).toEqual({
      column: 'a', op: 'in', values: ['9007199254740993', '-9223372036854775808', 9007199254740991, 1e20, 0.5],
    });
  });

  it.each([
    ['{', /no JSON/], ['[]', /^A filter is/], ['1', /^A filter is/], ['{}', /^A filter is/], ['{"and":1}', /^A filter is/], ['{"and":[],"or":[]}', /^A filter is/],
    ['{"column":"a"}', /^A filter is/], ['{"column":"a","op":"eq"}', /condition on "a"/], ['{"column":"a","op":"like","value":"x"}', /condition on "a"/],
    ['{"column":"a","op":"eq","value":1,"more":1}', /condition on "a"/], ['{"column":"a","op":"in","value":1}', /condition on "a"/], ['{"column":"a","op":"isnull","value":1}', /condition on "a"/],
    ['{"column":"a","op":"eq","value":null}', /isnull/], ['{"column":"a","op":"in","values":[1,null]}', /isnull/], ['{"column":"a","op":"eq","value":[1]}', /numbers, texts/],
    ['{"column":"a","op":"eq","value":1e999}', /out of range/],
  ])('say what is wrong with %s', (json, message) => {
    expect(() => parseTableFilter(json)).toThrow(invalid(message));
  });

  it('have bounds', () => {
    const one: TableFilter = { column: 'a', op: 'isnull' };
    const deep = (depth: number): TableFilter => (depth === 0 ? one : { not: deep(depth - 1) });
    expect(checkTableFilter(deep(20))).toEqual(deep(20));
    expect(() => checkTableFilter(deep(21))).toThrow(invalid(/nest at most 20/));
    expect(() => parseTableFilter(`${'{"not":'.repeat(100_000)}1${'}'.repeat(100_000)}`)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(() => checkTableFilter({ or: new Array(200).fill(one) })).toThrow(invalid(/at most 200 conditions/));
    expect(() => checkTableFilter({ column: 'a', op: 'in', values: new Array(10_001).fill(1) })).toThrow(invalid(/at most 10000 values/));
    expect(() => checkTableFilter({ column: 'a', op: 'eq', value: 'x'.repeat(70_000) })).toThrow(invalid(/characters/));
    expect(() => parseTableFilter(`"${'x'.repeat(5_000_000)}"`)).toThrow(invalid(/at most 4194304 characters/));
  });

  it('name the columns that they speak of', () => {
    expect(filteredColumns({ and: [{ column: 'a', op: 'isnull' }, { not: { or: [{ column: 'b', op: 'eq', value: 1 }, { column: 'a', op: 'in', values: [] }] } }] })).toEqual(new Set(['a', 'b']));
  });

  it('hold together', () => {
    const one: TableFilter = { column: 'a', op: 'isnull' };
    expect([allOf([]), allOf([one]), allOf([one, { not: one }])]).toEqual([undefined, one, { and: [one, { not: one }] }]);
  });
});
