// A filter with its columns found and its values in their types.
import { TesseraError, type ComparisonOperator, type FilterValue, type TableFilter } from '@tessera/domain';
import { columnIndices, flattenedType, type Schema } from '@tessera/arrow';
import type { DataType, Field } from 'apache-arrow';
import { bytesLiteral, comparabilityOf, floatLiteral, integerLiteral } from './literal.ts';

/** A value to compare with. Integers are in the unit of the column: days, nanoseconds, units of a decimal's scale. */
export type Literal = bigint | number | Uint8Array;

/** A condition on one column, by its place in the schema. `constant` holds wherever a value is there. */
export type BoundCondition =
  | { readonly kind: 'compare'; readonly column: number; readonly type: DataType; readonly op: ComparisonOperator; readonly value: Literal }
  | { readonly kind: 'in'; readonly column: number; readonly type: DataType; readonly values: readonly Literal[] }
  | { readonly kind: 'constant'; readonly column: number; readonly value: boolean }
  | { readonly kind: 'isnull'; readonly column: number };

export type BoundFilter =
  | BoundCondition
  | { readonly kind: 'and' | 'or'; readonly parts: readonly BoundFilter[] }
  | { readonly kind: 'not'; readonly part: BoundFilter };

/**
 * Fits a filter to a table.
 * @throws TesseraError invalid_argument for a column that is not there, or a value that its type does not have.
 */
export function bindFilter(filter: TableFilter, schema: Schema): BoundFilter {
  if ('and' in filter) return { kind: 'and', parts: filter.and.map((part) => bindFilter(part, schema)) };
  if ('or' in filter) return { kind: 'or', parts: filter.or.map((part) => bindFilter(part, schema)) };
  if ('not' in filter) return { kind: 'not', part: bindFilter(filter.not, schema) };
  const column = columnIndices(schema, [filter.column])[0]!;
  const field = schema.fields[column]!;
  switch (filter.op) {
    case 'isnull': return { kind: 'isnull', column };
    case 'notnull': return { kind: 'not', part: { kind: 'isnull', column } };
    case 'in': return bindList(column, field, filter.values);
    case 'notin': return { kind: 'not', part: bindList(column, field, filter.values) };
    default: return bindComparison(column, field, filter.op, filter.value);
  }
}

/** The columns that a filter reads, each once. */
export function boundColumns(filter: BoundFilter): ReadonlySet<number> {
  if ('column' in filter) return new Set([filter.column]);
  const parts = 'part' in filter ? [filter.part] : filter.parts;
  return new Set(parts.flatMap((part) => [...boundColumns(part)]));
}

/** No list is an empty `or`: false, of a missing value too. */
function bindList(column: number, field: Field, values: readonly FilterValue[]): BoundFilter {
  if (values.length === 0) return { kind: 'or', parts: [] };
  const bound = values.map((value) => bindComparison(column, field, 'eq', value));
  const literals = bound.flatMap((condition) => (condition.kind === 'compare' ? [condition.value] : []));
  return literals.length === 0 ? { kind: 'constant', column, value: false } : { kind: 'in', column, type: flattenedType(field.type), values: literals };
}

function bindComparison(column: number, field: Field, op: ComparisonOperator, value: FilterValue): Extract<BoundCondition, { kind: 'compare' | 'constant' }> {
  const type = flattenedType(field.type);
  switch (comparabilityOf(type)) {
    case 'integer': {
      const { floor, isExact } = integerLiteral(field, type, value);
      if (isExact) return { kind: 'compare', column, type, op, value: floor };
      // Between two integers: nothing equals it, and what is below is at most the lower one.
      if (op === 'eq' || op === 'ne') return { kind: 'constant', column, value: op === 'ne' };
      return { kind: 'compare', column, type, op: op === 'lt' || op === 'le' ? 'le' : 'gt', value: floor };
    }
    case 'float':
      return { kind: 'compare', column, type, op, value: floatLiteral(field, type, value) };
    case 'bytes':
      return { kind: 'compare', column, type, op, value: bytesLiteral(field, type, value) };
    case 'none':
      throw new TesseraError('invalid_argument', `The column "${field.name}" is of type ${type.toString()}, whose values cannot be compared: ask with "isnull" or "notnull".`, { parameter: 'filter', column: field.name });
  }
}
