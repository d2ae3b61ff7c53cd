import type { JsonObject } from '../node/node.ts';
import { checkQuery } from './check-query.ts';
import { fullTextWords, metadataWords } from './full-text.ts';
import { matchQuery, type Searchable } from './match-query.ts';
import type { Query } from './query.ts';

const metadata: JsonObject = {
  color: 'blue', n: 1, t: true, nothing: null, list: ['a', 1, [2], { x: 1 }], nest: { a: { b: 'deep' } }, '': 'empty key', words: { said: ['The quick-brown Fox!', 'don’t'] }, astral: '𝒳',
};
const node: Searchable = { path: ['q', 'k0'], metadata, specs: [{ name: 'image', version: '1' }, { name: 'raw' }], structure: { family: 'container' } };
const matches = (query: Query) => matchQuery(query, node);
const on = (...key: string[]) => key;

describe('matchQuery', () => {
  it.each<[Query, boolean]>([
    [{ op: 'eq', key: on('color'), value: 'blue' }, true],
    [{ op: 'eq', key: on('n'), value: 1.0 }, true],
    [{ op: 'eq', key: on('n'), value: '1' }, false],
    [{ op: 'eq', key: on('n'), value: true }, false],
    [{ op: 'eq', key: on('nothing'), value: null }, true],
    [{ op: 'eq', key: on('gone'), value: null }, false],
    [{ op: 'eq', key: on('list'), value: ['a', 1, [2], { x: 1 }] }, true],
    [{ op: 'eq', key: on('nest'), value: { a: { b: 'deep' } } }, true],
    [{ op: 'eq', key: on('nest', 'a', 'b'), value: 'deep' }, true],
    [{ op: 'eq', key: on('list', '0'), value: 'a' }, false],
    [{ op: 'eq', key: on(''), value: 'empty key' }, true],
    [{ op: 'eq', key: on('constructor'), value: 'x' }, false],
    [{ op: 'noteq', key: on('color'), value: 'red' }, true],
    [{ op: 'noteq', key: on('gone'), value: 'red' }, false],
    [{ op: 'not', query: { op: 'eq', key: on('gone'), value: 1 } }, true],
    [{ op: 'compare', key: on('n'), operator: 'lt', value: 5 }, true],
    [{ op: 'compare', key: on('n'), operator: 'ge', value: 1 }, true],
    [{ op: 'compare', key: on('color'), operator: 'lt', value: 5 }, false],
    [{ op: 'compare', key: on('color'), operator: 'gt', value: 'Blue' }, true],
    [{ op: 'compare', key: on('astral'), operator: 'gt', value: '\uffee' }, true],
    [{ op: 'compare', key: on('t'), operator: 'gt', value: false }, true],
    [{ op: 'contains', key: on('list'), value: 'a' }, true],
    [{ op: 'contains', key: on('list'), value: 1 }, true],
    [{ op: 'contains', key: on('list'), value: 2 }, false],
    [{ op: 'contains', key: on('list'), value: [2] }, true],
    [{ op: 'contains', key: on('color'), value: 'lu' }, true],
    [{ op: 'contains', key: on('n'), value: 1 }, false],
    [{ op: 'in', key: on('n'), values: ['x', 1] }, true],
    [{ op: 'in', key: on('n'), values: [] }, false],
    [{ op: 'notin', key: on('n'), values: [2] }, true],
    [{ op: 'notin', key: on('gone'), values: [2] }, false],
    [{ op: 'notin', key: on('gone'), values: [] }, true],
    [{ op: 'fulltext', text: 'FOX quick' }, true],
    [{ op: 'fulltext', text: 'fo' }, false],
    [{ op: 'fulltext', text: 'color' }, false],
    [{ op: 'fulltext', text: 'quick "-*) wolf' }, false],
    [{ op: 'fulltext', text: '"-*)' }, false],
    [{ op: 'regex', key: on('color'), pattern: 'l.e$', caseSensitive: true }, true],
    [{ op: 'regex', key: on('color'), pattern: 'BL', caseSensitive: true }, false],
    [{ op: 'regex', key: on('color'), pattern: 'BL', caseSensitive: false }, true],
    [{ op: 'regex', key: on('n'), pattern: '1', caseSensitive: true }, false],
    [{ op: 'like', key: on('color'), pattern: 'b%_e' }, true],
    [{ op: 'like', key: on('color'), pattern: 'lu' }, false],
    [{ op: 'like', key: on('astral'), pattern: '_' }, true],
    [{ op: 'present', key: on('nothing'), present: true }, true],
    [{ op: 'present', key: on('gone'), present: false }, true],
    [{ op: 'specs', include: ['image'], exclude: [] }, true],
    [{ op: 'specs', include: ['image'], exclude: ['raw'] }, false],
    [{ op: 'specs', include: ['image', 'x'], exclude: [] }, false],
    [{ op: 'family', family: 'array' }, false],
    [{ op: 'keys', keys: ['k0', 'z'] }, true],
    [{ op: 'keys', keys: ['q'] }, false],
    [{ op: 'and', queries: [] }, true],
    [{ op: 'or', queries: [] }, false],
  ])('%j: %s', (query, expected) => expect(matches(query)).toBe(expected));
});

describe('fullTextWords', () => {
  it('splits at all that is no letter or digit, in any script', () => {
    expect(fullTextWords('Größe_1 = 5.3eV; naïve 東京—ﬁn \ud800')).toEqual(['größe', '1', '5', '3ev', 'naïve', '東京', 'fin']);
    expect(fullTextWords('𝒳'.repeat(500))).toEqual(['x'.repeat(100)]);
  });

  it('takes strings at any depth, and not without end', () => {
    expect([...metadataWords(metadata)].sort()).toEqual(['a', 'blue', 'brown', 'deep', 'don', 'empty', 'fox', 'key', 'quick', 't', 'the', 'x']);
    expect(metadataWords({ text: Array.from({ length: 30_000 }, (_, n) => `w${n}`).join(' ') }).size).toBe(20_000);
  });
});

describe('checkQuery', () => {
  const deep = (depth: number): Query => (depth === 0 ? { op: 'keys', keys: [] } : { op: 'not', query: deep(depth - 1) });
  const regex = (pattern: string): Query => ({ op: 'regex', key: ['a'], pattern, caseSensitive: true });

  it.each<[string, Query]>([
    ['order by null', { op: 'compare', key: ['a'], operator: 'lt', value: null }], ['order by a list', { op: 'compare', key: ['a'], operator: 'lt', value: [1] }],
    ['depth', deep(21)], ['breadth', { op: 'and', queries: Array.from({ length: 200 }, () => deep(0)) }],
    ['a long list', { op: 'in', key: ['a'], values: Array.from({ length: 1001 }, () => 1) }], ['a long pattern', { op: 'like', key: ['a'], pattern: '%'.repeat(1001) }],
    ['a long path', { op: 'present', key: Array.from({ length: 51 }, () => 'a'), present: true }],
    ['many regexes', { op: 'or', queries: Array.from({ length: 11 }, () => regex('a')) }], ['a back-reference', regex('(a)\\1')], ['a named one', regex('(?<x>a)\\k<x>')], ["Python's", regex('(?P<x>a)(?P=x)')], ['a director', regex('***=a')],
  ])('refuses %s', (_what, query) => expect(() => checkQuery(query)).toThrow(expect.objectContaining({ code: 'invalid_argument' })));

  it('takes what looks like it but is not', () => {
    for (const query of [deep(20), regex('\\\\1'), regex('a*'), regex('\\d\\0')]) expect(() => checkQuery(query)).not.toThrow();
  });
});
