// Whether any row among some can fit a filter, by what is known of their values.
import type { ColumnStatistics } from '@tessera/arrow';
import type { BoundCondition, BoundFilter, Literal } from './bind-filter.ts';

/** What a filter may be of the rows: each a bit. */
const mayBeFalse = 1;
const mayBeUnknown = 2;
const mayBeTrue = 4;

/** @param statisticsOf what is known of a column, by its place in the schema. */
export function mayMatch(filter: BoundFilter, statisticsOf: (column: number) => ColumnStatistics | undefined): boolean {
  return (outcomes(filter, statisticsOf) & mayBeTrue) !== 0;
}

function outcomes(filter: BoundFilter, statisticsOf: (column: number) => ColumnStatistics | undefined): number {
  switch (filter.kind) {
    case 'and':
      return combined(filter.parts.map((part) => outcomes(part, statisticsOf)), mayBeTrue, mayBeFalse);
    case 'or':
      return combined(filter.parts.map((part) => outcomes(part, statisticsOf)), mayBeFalse, mayBeTrue);
    case 'not': {
      const of = outcomes(filter.part, statisticsOf);
      return (of & mayBeUnknown) | (of & mayBeTrue ? mayBeFalse : 0) | (of & mayBeFalse ? mayBeTrue : 0);
    }
    default:
      return ofCondition(filter, statisticsOf(filter.column));
  }
}

/** `all` is what the whole is if every part is, `any` what one part is enough for. */
function combined(parts: readonly number[], all: number, any: number): number {
  const isAll = parts.every((part) => part & all);
  const isAny = parts.some((part) => part & any);
  const isUnknown = parts.some((part) => part & mayBeUnknown) && parts.every((part) => part & (all | mayBeUnknown));
  return (isAll ? all : 0) | (isAny ? any : 0) | (isUnknown ? mayBeUnknown : 0);
}

function ofCondition(condition: BoundCondition, statistics: ColumnStatistics | undefined): number {
  const { nullCount, rowCount = Infinity } = statistics ?? {};
  const hasMissing = nullCount === undefined || nullCount > 0;
  const hasValue = nullCount === undefined || nullCount < rowCount;
  if (condition.kind === 'isnull') return (hasMissing ? mayBeTrue : 0) | (hasValue ? mayBeFalse : 0);
  return (hasMissing ? mayBeUnknown : 0) | (hasValue ? ofValues(condition, statistics) : 0);
}

function ofValues(condition: Exclude<BoundCondition, { kind: 'isnull' }>, statistics: ColumnStatistics | undefined): number {
  if (condition.kind === 'constant') return condition.value ? mayBeTrue : mayBeFalse;
  const { min, max } = statistics ?? {};
  if (min === undefined || max === undefined) return mayBeTrue | mayBeFalse;
  const isWithin = (value: Literal) => order(min, value) <= 0 && order(max, value) >= 0;
  if (condition.kind === 'in') return mayBeFalse | (condition.values.some(isWithin) ? mayBeTrue : 0);
  const { op, value } = condition;
  const [low, high] = [order(min, value), order(max, value)];
  // NaN, which lies outside the bounds, may be among floats; and the bounds of bytes may be cut.
  const isOnly = low === 0 && high === 0 && typeof value === 'bigint';
  const isSure = typeof value === 'bigint';
  const may = (isTrue: boolean, isFalse: boolean) => (isTrue ? mayBeTrue : 0) | (isFalse || !isSure ? mayBeFalse : 0);
  switch (op) {
    case 'eq': return may(isWithin(value), !isOnly);
    case 'ne': return may(!isOnly, isWithin(value));
    case 'lt': return may(low < 0, high >= 0);
    case 'le': return may(low <= 0, high > 0);
    case 'gt': return may(high > 0, low <= 0);
    case 'ge': return may(high >= 0, low < 0);
  }
}

/** NaN if the two have none. */
function order(a: Literal, b: Literal): number {
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? Buffer.compare(a, b) : NaN;
  if (typeof a === 'number' && typeof b === 'number') return a - b || (a === b ? 0 : NaN);
  return typeof a === 'bigint' && typeof b === 'bigint' ? (a < b ? -1 : a > b ? 1 : 0) : NaN;
}
