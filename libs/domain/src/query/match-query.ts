// What a query means, on one node in memory. The search index answers in SQL; this is what it is tested against.
import type { Json, JsonObject, Node } from '../node/node.ts';
import { fullTextWords, metadataWords } from './full-text.ts';
import type { MetadataPath, Query } from './query.ts';

/** What of a node is searched. */
export type Searchable = Pick<Node, 'path' | 'metadata' | 'specs' | 'structure'>;

type Operation = Query['op'];
type QueryOf<Op extends Operation> = Extract<Query, { readonly op: Op }>;

/**
 * Whether a node matches. A condition on a key that is not there is false, `noteq` and `notin` included, so
 * `not` of it is true; only `present: false`, and `notin` of nothing, ask no key to be there.
 */
export function matchQuery(query: Query, node: Searchable): boolean {
  switch (query.op) {
    case 'and': return query.queries.every((part) => matchQuery(part, node));
    case 'or': return query.queries.some((part) => matchQuery(part, node));
    case 'not': return !matchQuery(query.query, node);
    case 'fulltext': return matchFullText(query.text, node.metadata);
    case 'specs': return matchSpecs(query, node);
    case 'family': return node.structure.family === query.family;
    case 'keys': return query.keys.includes(node.path[node.path.length - 1] ?? '');
    case 'present': return (metadataAt(node.metadata, query.key) !== undefined) === query.present;
    case 'notin':
      if (query.values.length === 0) return true;
  }
  const value = metadataAt(node.metadata, query.key);
  return value !== undefined && matchValue(query, value);
}

/** The value at a metadata path; undefined if a key is missing. Steps go through objects only. */
export function metadataAt(metadata: JsonObject, path: MetadataPath): Json | undefined {
  let value: Json = metadata;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return undefined;
    value = (value as JsonObject)[key]!;
  }
  return value;
}

/** Equality by value: of the same type, lists in order, objects in any. */
export function sameJson(a: Json, b: Json): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item as Json, b[index] as Json));
  }
  const [left, right] = [a as JsonObject, b as JsonObject];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key]!, right[key]!));
}

function matchValue(query: QueryOf<'eq' | 'noteq' | 'compare' | 'contains' | 'in' | 'notin' | 'regex' | 'like'>, value: Json): boolean {
  switch (query.op) {
    case 'eq': return sameJson(value, query.value);
    case 'noteq': return !sameJson(value, query.value);
    case 'in': return query.values.some((item) => sameJson(value, item));
    case 'notin': return !query.values.some((item) => sameJson(value, item));
    case 'compare': return matchOrder(query, value);
    case 'contains':
      if (Array.isArray(value)) return value.some((item) => sameJson(item as Json, query.value));
      return typeof value === 'string' && typeof query.value === 'string' && value.includes(query.value);
    case 'regex': return typeof value === 'string' && new RegExp(query.pattern, query.caseSensitive ? 'u' : 'iu').test(value);
    case 'like': return typeof value === 'string' && likePattern(query.pattern).test(value);
  }
}

/** Numbers, strings and booleans are compared with their own kind only. */
function matchOrder(query: QueryOf<'compare'>, value: Json): boolean {
  const order = compareSameType(value, query.value);
  if (order === undefined) return false;
  switch (query.operator) {
    case 'lt': return order < 0;
    case 'le': return order <= 0;
    case 'gt': return order > 0;
    case 'ge': return order >= 0;
  }
}

function compareSameType(a: Json, b: Json): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  return typeof a === 'string' && typeof b === 'string' ? compareCodePoints(a, b) : undefined;
}

/** Order by code point, as UTF-8 bytes compare; JavaScript's `<` goes by UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = left[index]!.codePointAt(0)! - right[index]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** `%` stands for any text and `_` for one character; all else for itself. The whole value must fit. */
function likePattern(pattern: string): RegExp {
  const parts = [...pattern].map((character) => (character === '%' ? '.*' : character === '_' ? '.' : character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')));
  return new RegExp(`^${parts.join('')}$`, 'su');
}

/** Every word of the text must be there, in any order. A text without words finds nothing. */
function matchFullText(text: string, metadata: JsonObject): boolean {
  const wanted = fullTextWords(text);
  const words = metadataWords(metadata);
  return wanted.length > 0 && wanted.every((word) => words.has(word));
}

function matchSpecs(query: QueryOf<'specs'>, node: Searchable): boolean {
  const names = node.specs.map((spec) => spec.name);
  return query.include.every((name) => names.includes(name)) && !query.exclude.some((name) => names.includes(name));
}
