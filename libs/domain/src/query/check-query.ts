import { TesseraError } from '../errors/tessera-error.ts';
import type { Json } from '../node/node.ts';
import type { Query } from './query.ts';

/** Conditions in one query, and how deep they nest: far above what people ask, far below what harms a database. */
const maxConditions = 200;
const maxDepth = 20;
const maxListed = 1000;
/** Each runs over all text of a value. */
const maxRegexes = 10;
const maxPatternCharacters = 1000;
const maxPathKeys = 50;

/**
 * Refuses what would be an error, or a burden, further on.
 * @throws TesseraError invalid_argument that says what to change.
 */
export function checkQuery(query: Query): void {
  const count = { conditions: 0, regexes: 0 };
  checkPart(query, 0, count);
}

function checkPart(query: Query, depth: number, count: { conditions: number; regexes: number }): void {
  if (++count.conditions > maxConditions) refuse(`A query has at most ${maxConditions} conditions.`);
  if (query.op === 'regex' && ++count.regexes > maxRegexes) refuse(`A query has at most ${maxRegexes} regular expressions.`);
  if (depth > maxDepth) refuse(`Conditions nest at most ${maxDepth} deep.`);
  if (query.op === 'and' || query.op === 'or') return query.queries.forEach((part) => checkPart(part, depth + 1, count));
  if (query.op === 'not') return checkPart(query.query, depth + 1, count);
  if ('key' in query && query.key.length > maxPathKeys) refuse(`A metadata key has at most ${maxPathKeys} parts.`);
  checkOperand(query);
}

function checkOperand(query: Query): void {
  switch (query.op) {
    case 'compare': return checkComparable(query.value);
    case 'in': case 'notin': return checkLength(query.values);
    case 'keys': return checkLength(query.keys);
    case 'specs': checkLength(query.include); return checkLength(query.exclude);
    case 'like': return checkPattern(query.pattern);
    case 'regex': checkPattern(query.pattern); return checkRegex(query.pattern);
  }
}

function checkComparable(value: Json): void {
  if (value === null || typeof value === 'object') refuse('Only numbers, strings and booleans can be compared by order.');
}

function checkLength(list: readonly unknown[]): void {
  if (list.length > maxListed) refuse(`A condition lists at most ${maxListed} values.`);
}

function checkPattern(pattern: string): void {
  if (pattern.length > maxPatternCharacters) refuse(`A pattern has at most ${maxPatternCharacters} characters.`);
}

/** A back-reference is the one construct whose matching time can explode: without it a match is automaton work. */
function checkRegex(pattern: string): void {
  if (/^\*\*\*/.test(pattern)) refuse('A regular expression cannot begin with "***".');
  if (/(?:^|[^\\])(?:\\\\)*\\(?:[1-9]|k)|\(\?P=/.test(pattern)) refuse('Back-references are not supported in regular expressions.');
}

function refuse(message: string): never {
  throw new TesseraError('invalid_argument', message);
}
