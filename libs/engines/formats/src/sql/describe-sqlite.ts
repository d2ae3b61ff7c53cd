// Tables and views of a SQLite file. Its values have types, its columns only preferences: all values are looked at once.
import { TesseraError, type Call } from '@tessera/domain';
import { quoteIdentifier } from '@tessera/arrow';
import { Binary, Bool, Field, Float64, Int64, Schema, Utf8 } from 'apache-arrow';
import { askDatabase, type Database } from './ask-database.ts';
import type { FoundRelation, RowKeys, SelectedColumn } from './sql-table.ts';

const partitionRowCount = 131_072;
/** A query may have 2000 result columns. */
const columnsPerScan = 300;

export interface Relation {
  readonly schema?: string;
  readonly name: string;
  readonly isView: boolean;
  readonly hasRowKey: boolean;
}

/** Sorted by name; virtual tables and what SQLite keeps for itself are left out. */
export async function listSqlite(database: Database, call?: Call): Promise<Relation[]> {
  const sql = `SELECT name, type, CAST(wr AS INTEGER) FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view') AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name`;
  const rows = await askDatabase(database, sql, 'tti', [], call);
  return rows.map(([name, type, isWithoutRowid]) => ({ name: name as string, isView: type === 'view', hasRowKey: type === 'table' && isWithoutRowid === 0n }));
}

export async function describeSqlite(database: Database, { name, hasRowKey }: Relation, call?: Call): Promise<FoundRelation> {
  const declared = await askDatabase(database, 'SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden IN (0, 2, 3) ORDER BY cid', 'tt', [name], call);
  const columns = declared.map(([column, type]): DeclaredColumn => [column as string, (type ?? '') as string]);
  const rowKey = hasRowKey ? ['_rowid_', 'rowid', 'oid'].find((alias) => !columns.some(([column]) => column.toLowerCase() === alias)) : undefined;
  return describeSqliteRelation(database, quoteIdentifier(name), columns, rowKey, call);
}

/** Name and type as it is declared, which may be anything. */
export type DeclaredColumn = readonly [name: string, type: string];

/** Whatever may stand behind FROM. */
export async function describeSqliteRelation(database: Database, relation: string, declared: readonly DeclaredColumn[], rowKey?: string, call?: Call): Promise<FoundRelation> {
  const names = declared.map(([name]) => name);
  if (names.length === 0) throw new TesseraError('gone', 'The table has no columns that can be read.');
  const { rowCount, counts } = await countTypes(database, relation, names, call);
  const columns = declared.map(([name, type], index) => selectColumn(name, type, counts[index]!));
  return {
    schema: new Schema(columns.map(({ field }) => field)), expressions: columns.map(({ expression }) => expression), relation,
    ...(rowKey === undefined ? {} : { rowKey }),
    parts: rowKey === undefined ? [{ rowCount }] : await cut(database, relation, rowKey, rowCount, call),
  };
}

interface TypeCounts {
  readonly integer: number;
  readonly real: number;
  readonly text: number;
  readonly blob: number;
  /** Integers that are 0 or 1. */
  readonly flag: number;
}

async function countTypes(database: Database, relation: string, names: readonly string[], call: Call | undefined): Promise<{ rowCount: number; counts: TypeCounts[] }> {
  const counts: TypeCounts[] = [];
  let rowCount = 0;
  for (let start = 0; start < names.length; start += columnsPerScan) {
    const some = names.slice(start, start + columnsPerScan).map(quoteIdentifier);
    const sums = some.flatMap((column) => [...['integer', 'real', 'text', 'blob'].map((type) => `sum(typeof(${column}) = '${type}')`), `sum(typeof(${column}) = 'integer' AND ${column} IN (0, 1))`]);
    const [row] = await askDatabase(database, `SELECT count(*), ${sums.join(', ')} FROM ${relation}`, 'i'.repeat(sums.length + 1), [], call);
    const numbers = row!.map((value) => Number(value ?? 0n));
    rowCount = numbers[0]!;
    some.forEach((_, index) => {
      const [integer, real, text, blob, flag] = numbers.slice(1 + index * 5, 6 + index * 5) as [number, number, number, number, number];
      counts.push({ integer, real, text, blob, flag });
    });
  }
  return { rowCount, counts };
}

/** The type that holds all values of a column; of one without values, what it prefers (SQLite's "column affinity"). */
function selectColumn(name: string, declared: string, { integer, real, text, blob, flag }: TypeCounts): SelectedColumn {
  const column = quoteIdentifier(name);
  const of = (type: Field['type'], expression = column): SelectedColumn => ({ field: new Field(name, type, true), expression });
  const count = integer + real + text + blob;
  const type = declared.toUpperCase();
  if (count === 0) return of(preferredType(type));
  if (integer === count) return of(type.includes('BOOL') && flag === count ? new Bool() : new Int64());
  if (integer + real === count) return of(new Float64());
  if (text === count) return of(new Utf8());
  if (blob === count) return of(new Binary());
  return of(new Utf8(), blob > 0 ? `CASE typeof(${column}) WHEN 'blob' THEN hex(${column}) ELSE CAST(${column} AS TEXT) END` : `CAST(${column} AS TEXT)`);
}

function preferredType(declared: string): Field['type'] {
  if (declared.includes('BOOL')) return new Bool();
  if (declared.includes('INT')) return new Int64();
  if (['CHAR', 'CLOB', 'TEXT'].some((word) => declared.includes(word))) return new Utf8();
  if (declared.includes('BLOB')) return new Binary();
  return ['REAL', 'FLOA', 'DOUB', 'NUM', 'DEC'].some((word) => declared.includes(word)) ? new Float64() : new Utf8();
}

/** Partitions by the keys at which they begin: a later one is found without the rows before it. */
async function cut(database: Database, relation: string, rowKey: string, rowCount: number, call: Call | undefined): Promise<RowKeys[]> {
  if (rowCount <= partitionRowCount) return [{ rowCount }];
  const sql = `SELECT key FROM (SELECT ${rowKey} AS key, row_number() OVER (ORDER BY ${rowKey}) AS number FROM ${relation}) WHERE number % ${partitionRowCount} = 1 ORDER BY key`;
  const starts = (await askDatabase(database, sql, 'i', [], call)).map(([key]) => String(key));
  return starts.map((from, index): RowKeys => {
    const to = starts[index + 1];
    return { rowCount: Math.min(partitionRowCount, rowCount - index * partitionRowCount), ...(index === 0 ? {} : { from }), ...(to === undefined ? {} : { to }) };
  });
}
