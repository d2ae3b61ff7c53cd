// A search as JSON: {"op": "eq", "key": "sample.name", "value": "red"} and the like, the words of the domain's queries.
import { structureFamilies, TesseraError, type Json, type MetadataPath, type Query } from '@tessera/domain';

type JsonObject = Readonly<Record<string, unknown>>;

const maxDepth = 20;
const orders: readonly string[] = ['lt', 'gt', 'le', 'ge'];

/** @throws TesseraError invalid_argument that says which part is no query. */
export function readQuery(value: unknown, depth = 0): Query {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > maxDepth) return refuse('A query is an object with an "op".');
  const item = value as JsonObject;
  const { op } = item;
  switch (op) {
    case 'and': case 'or': return { op, queries: list(item, 'queries').map((each) => readQuery(each, depth + 1)) };
    case 'not': return { op, query: readQuery(item['query'], depth + 1) };
    case 'eq': case 'noteq': case 'contains': return { op, key: key(item), value: json(item, 'value') };
    case 'in': case 'notin': return { op, key: key(item), values: list(item, 'values') as readonly Json[] };
    case 'lt': case 'gt': case 'le': case 'ge': return { op: 'compare', operator: op, key: key(item), value: json(item, 'value') };
    case 'fulltext': return { op, text: text(item, 'text') };
    case 'like': return { op, key: key(item), pattern: text(item, 'pattern') };
    case 'regex': return { op, key: key(item), pattern: regex(item), caseSensitive: item['caseSensitive'] !== false };
    case 'present': return { op, key: key(item), present: item['present'] !== false };
    case 'specs': return { op, include: texts(item, 'include'), exclude: texts(item, 'exclude') };
    case 'keys': return { op, keys: texts(item, 'keys') };
    case 'family': return { op, family: structureFamilies.find((family) => family === item['family']) ?? refuse(`"family" is one of ${structureFamilies.join(', ')}.`) };
    default:
      return refuse(`The "op" of a query is one of and, or, not, eq, noteq, contains, in, notin, ${orders.join(', ')}, fulltext, like, regex, present, specs, keys, family.`);
  }
}

/** A metadata key: dotted, or a list of keys. */
function key(item: JsonObject): MetadataPath {
  const value = item['key'];
  const path = typeof value === 'string' ? value.split('.') : Array.isArray(value) && value.every((each) => typeof each === 'string') ? (value as string[]) : [];
  return path.length > 0 && path[0] !== '' && !path.some((each) => each.includes('\0')) ? path : refuse('"key" is a dotted path into the metadata, such as "sample.name", or a list of keys.');
}

function json(item: JsonObject, name: string): Json {
  return name in item ? (item[name] as Json) : refuse(`A query with the "op" "${String(item['op'])}" has a "${name}".`);
}

function list(item: JsonObject, name: string): readonly unknown[] {
  const value = item[name];
  return Array.isArray(value) ? value : refuse(`"${name}" is a list.`);
}

function texts(item: JsonObject, name: string): readonly string[] {
  const value = item[name] ?? [];
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : refuse(`"${name}" is a list of texts.`);
}

function text(item: JsonObject, name: string): string {
  const value = item[name];
  return typeof value === 'string' ? value : refuse(`"${name}" is a text.`);
}

function regex(item: JsonObject): string {
  const pattern = text(item, 'pattern');
  try {
    new RegExp(pattern, 'u');
  } catch {
    refuse('"pattern" is no regular expression.');
  }
  return pattern;
}

function refuse(message: string): never {
  throw new TesseraError('invalid_argument', message);
}
