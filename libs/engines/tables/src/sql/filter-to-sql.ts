// A filter as SQL, for databases that then give fewer rows. What is not surely the same there is left to us.
import { Type, type DataType } from 'apache-arrow';
import type { BoundCondition, BoundFilter, Literal } from '../filter/bind-filter.ts';

export interface SqlDialect {
  readonly engine: 'sqlite' | 'duckdb' | 'postgres';
  /** By column of the schema: SQL of its value, integers in the unit of its Arrow type. */
  readonly expressions: readonly string[];
}

/** SQL that is true of every row of which the filter is true, and maybe of others; undefined if that would be all. */
export function filterToSql(filter: BoundFilter, dialect: SqlDialect): string | undefined {
  if (filter.kind !== 'and') return exactSql(filter, dialect);
  const parts = filter.parts.flatMap((part) => filterToSql(part, dialect) ?? []);
  return parts.length === 0 ? undefined : parts.map((part) => `(${part})`).join(' AND ');
}

/** SQL that is true, false and unknown where the filter is; undefined if there is none. */
function exactSql(filter: BoundFilter, dialect: SqlDialect): string | undefined {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const parts = filter.parts.map((part) => exactSql(part, dialect));
      if (parts.length === 0 || parts.includes(undefined)) return undefined;
      return parts.map((part) => `(${part!})`).join(filter.kind === 'and' ? ' AND ' : ' OR ');
    }
    case 'not': {
      const part = exactSql(filter.part, dialect);
      return part === undefined ? undefined : `NOT (${part})`;
    }
    case 'isnull': return `(${dialect.expressions[filter.column]!}) IS NULL`;
    case 'constant': return undefined;
    default: return conditionSql(filter, dialect);
  }
}

const operators = { eq: '=', ne: '<>', lt: '<', le: '<=', gt: '>', ge: '>=' } as const;

function conditionSql(condition: Extract<BoundCondition, { kind: 'compare' | 'in' }>, { engine, expressions }: SqlDialect): string | undefined {
  if (!isComparable(condition.type, engine)) return undefined;
  const collation = condition.type.typeId !== Type.Utf8 ? '' : engine === 'sqlite' ? ' COLLATE BINARY' : ' COLLATE "C"';
  // Of integers among floats SQLite would compare all digits.
  const value = condition.type.typeId === Type.Float ? `CAST(${expressions[condition.column]!} AS REAL)` : `(${expressions[condition.column]!})${collation}`;
  const literals = (condition.kind === 'in' ? condition.values : [condition.value]).map(literalSql);
  if (literals.includes(undefined)) return undefined;
  return condition.kind === 'in' ? `${value} IN (${literals.join(', ')})` : `${value} ${operators[condition.op]} ${literals[0]!}`;
}

/** NaN is equal to itself for PostgreSQL and DuckDB, and SQLite has none; DuckDB's dates are no integers, and its texts may be collated. */
function isComparable({ typeId }: DataType, engine: SqlDialect['engine']): boolean {
  if (typeId === Type.Int) return true;
  if (typeId === Type.Utf8) return engine !== 'duckdb';
  if (typeId === Type.Float) return engine === 'sqlite';
  return engine === 'postgres' && (typeId === Type.Date || typeId === Type.Timestamp || typeId === Type.Time || typeId === Type.Decimal);
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Undefined for what no database takes as it is. */
function literalSql(value: Literal): string | undefined {
  if (typeof value === 'bigint') return isInt64(value) ? (value < 0n ? `(${value})` : String(value)) : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? `(${value.toExponential()})` : undefined;
  try {
    const text = decoder.decode(value);
    // A backslash may begin an escape, and a zero end the text.
    return /[\0\\]/.test(text) ? undefined : `'${text.replaceAll("'", "''")}'`;
  } catch {
    return undefined;
  }
}

/** The smallest one cannot be written as a negated number. */
function isInt64(value: bigint): boolean {
  return value > -(2n ** 63n) && value < 2n ** 63n;
}
