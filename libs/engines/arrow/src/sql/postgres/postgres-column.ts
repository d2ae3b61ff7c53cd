import { Binary, Bool, DateDay, Decimal, Field, Float32, Float64, Int16, Int32, Int64, TimeMicrosecond, TimestampMicrosecond, Utf8, type DataType } from 'apache-arrow';
import { quoteIdentifier } from '../database-file.ts';

/** A column of a query: what is selected for it, and its Arrow type. */
export interface PostgresColumn {
  readonly field: Field;
  /** SQL that gives its values as text in the form of its type: times as counts, bytes as hexadecimal digits. */
  readonly expression: string;
}

/** By OID (pg_type.dat): the type, and the expression of a column. */
const plainTypes: Readonly<Record<number, readonly [type: () => DataType, expression: (column: string) => string]>> = {
  16: [() => new Bool(), same],
  17: [() => new Binary(), (column) => `encode(${column}, 'hex')`],
  20: [() => new Int64(), same],
  21: [() => new Int16(), same],
  23: [() => new Int32(), same],
  26: [() => new Int64(), same],
  700: [() => new Float32(), same],
  701: [() => new Float64(), same],
  1082: [() => new DateDay(), (column) => `CASE WHEN isfinite(${column}) THEN ${column} - DATE '1970-01-01' END`],
  1083: [() => new TimeMicrosecond(), (column) => `(extract(epoch FROM ${column}) * 1000000)::bigint`],
  1114: [() => new TimestampMicrosecond(), microseconds],
  1184: [() => new TimestampMicrosecond('UTC'), microseconds],
};

const numericOid = 1700;
/** Digits of a 128-bit decimal. */
const maxPrecision = 38;

/** @param modifier as PostgreSQL gives it: of `numeric`, precision and scale; −1 = none. */
export function postgresColumn(name: string, oid: number, modifier: number): PostgresColumn {
  const column = quoteIdentifier(name);
  const plain = plainTypes[oid];
  if (plain) return { field: new Field(name, plain[0](), true), expression: plain[1](column) };
  if (oid !== numericOid) return { field: new Field(name, new Utf8(), true), expression: `${column}::text` };
  const precision = ((modifier - 4) >> 16) & 0xffff;
  const scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
  if (modifier < 4 || precision > maxPrecision || scale < 0 || scale > precision) return { field: new Field(name, new Float64(), true), expression: `${column}::double precision` };
  // Of NaN, which a decimal has not, there is nothing.
  return { field: new Field(name, new Decimal(scale, precision), true), expression: `(nullif(${column}, 'NaN') * 1e${scale})::numeric(${Math.min(precision + scale, 1000)}, 0)` };
}

function same(column: string): string {
  return column;
}

/** Infinite times, which Arrow has not, are missing. */
function microseconds(column: string): string {
  return `CASE WHEN isfinite(${column}) THEN (extract(epoch FROM ${column}) * 1000000)::bigint END`;
}
