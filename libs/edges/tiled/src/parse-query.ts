// `filter[NAME][condition][FIELD]=VALUE` → one query. Repeated names are paired by position.
import { structureFamilies, TesseraError, type Json, type MetadataPath, type Query, type StructureFamily } from '@tessera/domain';
import { refuse, valuesOf, type RawQuery } from './parse-parameters.ts';

/** Reads one field of one filter. */
interface FilterFields {
  readonly name: string;
  text(field: string): string;
  /** Undefined if the field was not given for this filter. */
  optional(field: string): string | undefined;
}

type FilterParser = (fields: FilterFields) => Query;

interface FilterForm {
  /** The fields that must be there; they tell how many filters of the name there are. */
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly parse: FilterParser;
}

const operators = ['lt', 'gt', 'le', 'ge'] as const;
/** More conditions than any person writes; each costs the index work. */
const maxFilters = 100;

const forms: Readonly<Record<string, FilterForm>> = {
  fulltext: form(['text'], [], (fields) => ({ op: 'fulltext', text: fields.text('text') })),
  lookup: form(['key'], [], (fields) => ({ op: 'keys', keys: [fields.text('key')] })),
  keys_filter: form(['keys'], [], (fields) => ({ op: 'keys', keys: parseTexts(fields, 'keys') })),
  eq: form(['key', 'value'], [], (fields) => ({ op: 'eq', key: parseKey(fields), value: parseJson(fields, 'value') })),
  noteq: form(['key', 'value'], [], (fields) => ({ op: 'noteq', key: parseKey(fields), value: parseJson(fields, 'value') })),
  comparison: form(['operator', 'key', 'value'], [], (fields) => ({
    op: 'compare', key: parseKey(fields), operator: parseChoice(fields, 'operator', operators), value: parseJson(fields, 'value'),
  })),
  contains: form(['key', 'value'], [], (fields) => ({ op: 'contains', key: parseKey(fields), value: parseJson(fields, 'value') })),
  in: form(['key', 'value'], [], (fields) => ({ op: 'in', key: parseKey(fields), values: parseJsonList(fields, 'value') })),
  notin: form(['key', 'value'], [], (fields) => ({ op: 'notin', key: parseKey(fields), values: parseJsonList(fields, 'value') })),
  regex: form(['key', 'pattern'], ['case_sensitive'], (fields) => ({
    op: 'regex', key: parseKey(fields), pattern: parsePattern(fields), caseSensitive: parseBoolean(fields, 'case_sensitive'),
  })),
  like: form(['key', 'pattern'], [], (fields) => ({ op: 'like', key: parseKey(fields), pattern: parseJsonText(fields, 'pattern') })),
  keypresent: form(['key'], ['exists'], (fields) => ({ op: 'present', key: parseKey(fields), present: parseBoolean(fields, 'exists') })),
  specs: form([], ['include', 'exclude'], (fields) => ({ op: 'specs', include: parseTexts(fields, 'include'), exclude: parseTexts(fields, 'exclude') })),
  structure_family: form(['value'], [], (fields) => ({ op: 'family', family: parseChoice<StructureFamily>(fields, 'value', structureFamilies) })),
};

/** Names of the queries that can be asked, as the about document lists them. */
export const queryNames = Object.keys(forms);

function form(required: readonly string[], optional: readonly string[], parse: FilterParser): FilterForm {
  return { required, optional, parse };
}

/**
 * The filters of a request as one query; undefined if there are none. Unknown names are ignored.
 * @throws TesseraError invalid_argument or unprocessable that says which filter is wrong and how.
 */
export function parseQuery(raw: unknown): Query | undefined {
  const query = (raw ?? {}) as RawQuery;
  if (Object.keys(query).some((name) => name.startsWith('filter[access_blob_filter]'))) {
    throw new TesseraError('invalid_argument', "The query type 'AccessBlobFilter' is not supported on this node.");
  }
  const queries = Object.entries(forms).flatMap(([name, each]) => parseFilters(query, name, each));
  if (queries.length > maxFilters) throw new TesseraError('invalid_argument', `There are ${queries.length} filters; at most ${maxFilters} can be given.`);
  return queries.length <= 1 ? queries[0] : { op: 'and', queries };
}

function parseFilters(query: RawQuery, name: string, { required, optional, parse }: FilterForm): Query[] {
  const parameter = (field: string) => `filter[${name}][condition][${field}]`;
  const lists = new Map([...required, ...optional].map((field) => [field, valuesOf(query, parameter(field))]));
  const lengths = (required.length > 0 ? required : optional).map((field) => lists.get(field)!.length);
  if ([...lists.values()].every((list) => list.length === 0)) return [];
  const missing = required.filter((field) => lists.get(field)!.length === 0);
  if (missing.length > 0) {
    throw new TesseraError('invalid_argument', `The filter "${name}" needs ${missing.map(parameter).join(' and ')} as well.`);
  }
  const count = required.length > 0 ? Math.min(...lengths) : Math.max(...lengths);
  return Array.from({ length: count }, (_, index) => {
    const optionalText = (field: string) => lists.get(field)![index];
    return parse({ name, text: (field) => optionalText(field)!, optional: optionalText });
  });
}

function parseKey(fields: FilterFields): MetadataPath {
  const key = fields.text('key');
  if (key === '' || key.includes('\0')) throw wrong(fields, 'key', key, 'a dotted path into the metadata, such as "sample.name"');
  return key.split('.');
}

function parseJson(fields: FilterFields, field: string, text = fields.text(field)): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw wrong(fields, field, text, 'JSON: text stands in double quotes, e.g. "red"');
  }
}

function parseJsonList(fields: FilterFields, field: string): readonly Json[] {
  const value = parseJson(fields, field);
  if (!Array.isArray(value)) throw wrong(fields, field, fields.text(field), 'a JSON list, e.g. ["red","blue"]');
  return value as readonly Json[];
}

function parseTexts(fields: FilterFields, field: string): readonly string[] {
  const text = fields.optional(field);
  if (text === undefined) return [];
  const value = parseJson(fields, field, text);
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw wrong(fields, field, text, 'a JSON list of texts, e.g. ["a","b"]');
  return value;
}

function parseJsonText(fields: FilterFields, field: string): string {
  const value = parseJson(fields, field);
  if (typeof value !== 'string') throw wrong(fields, field, fields.text(field), 'JSON text in double quotes, e.g. "bl%"');
  return value;
}

function parsePattern(fields: FilterFields): string {
  const pattern = fields.text('pattern');
  try {
    new RegExp(pattern, 'u');
  } catch {
    try {
      new RegExp(pattern);
    } catch {
      throw wrong(fields, 'pattern', pattern, 'a regular expression');
    }
  }
  return pattern;
}

function parseBoolean(fields: FilterFields, field: string): boolean {
  const text = fields.optional(field) ?? 'true';
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  if (/^(false|0|no|off)$/i.test(text)) return false;
  return refuse([{ type: 'bool_parsing', loc: ['query', `filter[${fields.name}][condition][${field}]`], msg: 'Input should be a valid boolean, unable to interpret input', input: text }]);
}

function parseChoice<Choice extends string>(fields: FilterFields, field: string, choices: readonly Choice[]): Choice {
  const text = fields.text(field);
  if ((choices as readonly string[]).includes(text)) return text as Choice;
  return refuse([{ type: 'enum', loc: ['query', `filter[${fields.name}][condition][${field}]`], msg: `Input should be one of ${choices.join(', ')}`, input: text }]);
}

function wrong(fields: FilterFields, field: string, text: string, what: string): TesseraError {
  return new TesseraError('invalid_argument', `filter[${fields.name}][condition][${field}] must be ${what}; it is: ${text.slice(0, 200)}`);
}
