import { isTesseraError } from '@tessera/domain';
import type { FastifyRequest } from 'fastify';
import { checkNames, parseNames } from './parse-columns.ts';

const post = (body: unknown, query = {}) => parseNames({ method: 'POST', query, body } as unknown as FastifyRequest, ['column', 'field']);
function itemsOf(body: unknown): { loc: unknown[]; input: unknown }[] {
  try {
    post(body);
  } catch (error) {
    if (isTesseraError(error, 'unprocessable')) return error.details['items'] as { loc: unknown[]; input: unknown }[];
  }
  throw new Error('It was not refused.');
}

describe('names in a body', () => {
  it('are a list of texts, or none', () => {
    expect(post(['a', 'b'])).toEqual(['a', 'b']);
    expect(post(null)).toBeUndefined();
    expect(post(['b'], { column: 'a' })).toEqual(['a']);
  });

  it('that are none are told, with what came instead', () => {
    expect(itemsOf({ a: 1 })).toMatchObject([{ loc: ['body'], input: { a: 1 } }]);
    expect(itemsOf(['a', 1, ['b']])).toMatchObject([{ loc: ['body', 1], input: 1 }, { loc: ['body', 2], input: ['b'] }]);
  });

  it('are not answered with more than somebody will read', () => {
    expect(itemsOf(new Array(100_000).fill(0))).toHaveLength(20);
    expect(itemsOf(['x'.repeat(5000), { long: 'x'.repeat(5000) }])).toMatchObject([{ loc: ['body', 1], input: '…' }]);
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) deep = { deep };
    expect(itemsOf(deep)).toMatchObject([{ input: '…' }]);
  });
});

describe('names', () => {
  it('are known and given once', () => {
    expect(() => checkNames(undefined, ['a'])).not.toThrow();
    expect(() => checkNames(['b', 'a'], ['a', 'b'])).not.toThrow();
    expect(() => checkNames(['b', 'b'], ['a', 'b'])).toThrow('The field b is given twice.');
    expect(() => checkNames(['b', 'c'], ['a', 'b'])).toThrow('No such field c.');
  });

  it('are checked in time that grows with their number, not its square', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => `column ${index}`);
    checkNames(many.toReversed(), many);
  });
});
