// Which rows of a table are wanted. What values fit which column is for those to say who know its type.
import { TesseraError } from '../errors/tessera-error.ts';

export type ComparisonOperator = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

/** What a column is compared with. Integers beyond 2^53, decimals, dates and times are texts; bytes are base64 in a `data:` URI, or text. */
export type FilterValue = string | number | boolean;

/**
 * A condition on the values of a row, with SQL's three-valued logic: comparing a missing value is neither true nor false,
 * `not` of that neither, and rows for which the whole is not true are left out. NaN equals nothing and has no order (IEEE 754),
 * so `ne` is true of it.
 */
export type TableFilter =
  | { readonly and: readonly TableFilter[] }
  | { readonly or: readonly TableFilter[] }
  | { readonly not: TableFilter }
  | { readonly column: string; readonly op: ComparisonOperator; readonly value: FilterValue }
  | { readonly column: string; readonly op: 'in' | 'notin'; readonly values: readonly FilterValue[] }
  | { readonly column: string; readonly op: 'isnull' | 'notnull' };

/** Conditions in one filter, how deep they nest and what they list: above what people ask, below what is a burden. */
const maxConditions = 200;
const maxDepth = 20;
const maxListed = 10_000;
const maxTextLength = 64 * 1024;
const maxFilterLength = 4 * 2 ** 20;

const comparisons: readonly string[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] satisfies ComparisonOperator[];
const form = 'A filter is {"column", "op": "eq|ne|lt|le|gt|ge", "value"}, {"column", "op": "in|notin", "values"}, {"column", "op": "isnull|notnull"}, {"and": […]}, {"or": […]} or {"not": …}.';

/**
 * Reads a filter from its JSON, whose integers keep all their digits.
 * @throws TesseraError invalid_argument that says what is wrong, also for one that is too long, deep or wide.
 */
export function parseTableFilter(json: string): TableFilter {
  if (json.length > maxFilterLength) refuse(`A filter has at most ${maxFilterLength} characters.`);
  return checkTableFilter(parseExactly(json));
}

/** A filter out of a JSON value. @throws TesseraError invalid_argument as `parseTableFilter`. */
export function checkTableFilter(value: unknown): TableFilter {
  return readFilter(value, 0, { conditions: 0, listed: 0 });
}

/** The columns that a filter speaks of. */
export function filteredColumns(filter: TableFilter): ReadonlySet<string> {
  if ('column' in filter) return new Set([filter.column]);
  if ('not' in filter) return filteredColumns(filter.not);
  return new Set(partsOf(filter).flatMap((part) => [...filteredColumns(part)]));
}

/** Rows for which all of these are true; undefined if there are none. */
export function allOf(filters: readonly TableFilter[]): TableFilter | undefined {
  return filters.length > 1 ? { and: filters } : filters[0];
}

function partsOf(filter: Extract<TableFilter, { and: unknown } | { or: unknown }>): readonly TableFilter[] {
  return 'and' in filter ? filter.and : filter.or;
}

/** JSON in which an integer that a double cannot hold becomes the text of its digits. */
function parseExactly(json: string): unknown {
  try {
    const keepDigits = (_key: string, value: unknown, context: { source?: string } | undefined): unknown => {
      const isLarge = typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '');
      return isLarge ? context!.source : value;
    };
    return JSON.parse(json, keepDigits as (key: string, value: unknown) => unknown);
  } catch {
    return refuse(`The filter is no JSON. ${form}`);
  }
}

interface Counts {
  conditions: number;
  listed: number;
}

function readFilter(value: unknown, depth: number, counts: Counts): TableFilter {
  if (++counts.conditions > maxConditions) refuse(`A filter has at most ${maxConditions} conditions.`);
  if (depth > maxDepth) refuse(`Conditions of a filter nest at most ${maxDepth} deep.`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(form);
  const keys = Object.keys(value);
  const item = value as Readonly<Record<string, unknown>>;
  if (keys.length === 1 && Array.isArray(item['and'])) return { and: item['and'].map((part) => readFilter(part, depth + 1, counts)) };
  if (keys.length === 1 && Array.isArray(item['or'])) return { or: item['or'].map((part) => readFilter(part, depth + 1, counts)) };
  if (keys.length === 1 && keys[0] === 'not') return { not: readFilter(item['not'], depth + 1, counts) };
  return readCondition(item, keys.length, counts);
}

function readCondition(item: Readonly<Record<string, unknown>>, keyCount: number, counts: Counts): TableFilter {
  const { column, op } = item;
  if (typeof column !== 'string' || typeof op !== 'string') return refuse(form);
  if ((op === 'isnull' || op === 'notnull') && keyCount === 2) return { column, op };
  if ((op === 'in' || op === 'notin') && keyCount === 3 && Array.isArray(item['values'])) {
    counts.listed += item['values'].length;
    if (counts.listed > maxListed) refuse(`A filter lists at most ${maxListed} values.`);
    return { column, op, values: item['values'].map((each) => readValue(each, column)) };
  }
  if (comparisons.includes(op) && keyCount === 3 && 'value' in item) return { column, op: op as ComparisonOperator, value: readValue(item['value'], column) };
  return refuse(`The condition on ${quoted(column)} is none. ${form}`);
}

function readValue(value: unknown, column: string): FilterValue {
  if (value === null) return refuse(`Nothing equals null: ask with "isnull" or "notnull" whether ${quoted(column)} is missing.`);
  if (typeof value !== 'string' && typeof value !== 'boolean' && typeof value !== 'number') return refuse(`${quoted(column)} can be compared with numbers, texts, true and false only.`);
  if (typeof value === 'number' && !Number.isFinite(value)) refuse(`The number for ${quoted(column)} is out of range.`);
  if (typeof value === 'string' && value.length > maxTextLength) refuse(`A text in a filter has at most ${maxTextLength} characters.`);
  return value;
}

/** A name as it can stand in a sentence. */
function quoted(column: string): string {
  return JSON.stringify(column.length > 100 ? `${column.slice(0, 100)}…` : column);
}

function refuse(message: string): never {
  throw new TesseraError('invalid_argument', message, { parameter: 'filter' });
}
