import { toPostgresPattern } from './regex-pattern.ts';

describe('toPostgresPattern', () => {
  it.each([
    ['\\bword\\B', '\\yword\\Y'], ['\\\\b', '\\\\b'], ['[\\b]', '[\\b]'], ['[]\\b]', '[]\\b]'], ['[^]a]\\b', '[^]a]\\y'],
    ['(?P<year>\\d+)-(?<month>\\d+)', '(\\d+)-(\\d+)'], ['(?<=a)(?<!b)(?:c)(?=d)', '(?<=a)(?<!b)(?:c)(?=d)'], ['a\\z', 'a\\Z'], ['(?i)a', '(?i)a'], ['[', '['], ['\\', '\\'], ['', ''],
  ])('%j is %j', (pattern, expected) => expect(toPostgresPattern(pattern)).toBe(expected));
});
