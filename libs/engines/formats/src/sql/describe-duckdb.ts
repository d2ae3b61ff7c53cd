// Tables and views of a DuckDB file.
import type { Call } from '@tessera/domain';
import { quoteIdentifier } from '@tessera/arrow';
import {
  Binary, Bool, DateDay, Decimal, Field, Float32, Float64, Int16, Int32, Int64, Int8, Schema, TimeMicrosecond, TimestampMicrosecond, TimestampNanosecond, Uint16, Uint32, Uint64, Uint8, Utf8, type DataType,
} from 'apache-arrow';
import { askDatabase, type Database } from './ask-database.ts';
import type { Relation } from './describe-sqlite.ts';
import type { FoundRelation, RowKeys, SelectedColumn } from './sql-table.ts';

/** A multiple of what DuckDB keeps together, so that a partition is found without the rows before it. */
const partitionRowCount = 122_880 * 8;

/** Those of the schema `main` first. */
export async function listDuckdb(database: Database, call?: Call): Promise<Relation[]> {
  const all = 'SELECT schema_name, table_name, 0::BIGINT FROM duckdb_tables() WHERE NOT internal UNION ALL SELECT schema_name, view_name, 1::BIGINT FROM duckdb_views() WHERE NOT internal';
  const rows = await askDatabase(database, `SELECT * FROM (${all}) AS found(s, t, v) ORDER BY s <> 'main', s, t`, 'tti', [], call);
  return rows.map(([schema, name, isView]) => ({ schema: schema as string, name: name as string, isView: isView === 1n, hasRowKey: isView === 0n }));
}

export async function describeDuckdb(database: Database, { schema = 'main', name, hasRowKey }: Relation, call?: Call): Promise<FoundRelation> {
  return describeDuckdbRelation(database, `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`, hasRowKey, call);
}

/** Whatever may stand behind FROM. */
export async function describeDuckdbRelation(database: Database, relation: string, hasRowKey: boolean, call?: Call): Promise<FoundRelation> {
  const described = await askDatabase(database, `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${relation})`, 'tt', [], call);
  const columns = described.map(([column, type]) => selectDuckdbColumn(column as string, type as string));
  const isCut = hasRowKey && !described.some(([column]) => (column as string).toLowerCase() === 'rowid');
  return {
    schema: new Schema(columns.map(({ field }) => field)), expressions: columns.map(({ expression }) => expression), relation,
    ...(isCut ? { rowKey: 'rowid' } : {}),
    parts: isCut ? await cut(database, relation, call) : [{ rowCount: await countRows(database, relation, call) }],
  };
}

async function countRows(database: Database, relation: string, call: Call | undefined): Promise<number> {
  const [row] = await askDatabase(database, `SELECT count(*) FROM ${relation}`, 'i', [], call);
  return Number(row![0]);
}

async function cut(database: Database, relation: string, call: Call | undefined): Promise<RowKeys[]> {
  const rows = await askDatabase(database, `SELECT part, count(*) FROM (SELECT rowid // ${partitionRowCount} AS part FROM ${relation}) GROUP BY part ORDER BY part`, 'ii', [], call);
  if (rows.length <= 1) return [{ rowCount: Number(rows[0]?.[1] ?? 0n) }];
  return rows.map(([part, rowCount]) => ({ rowCount: Number(rowCount), from: String(Number(part) * partitionRowCount), to: String((Number(part) + 1) * partitionRowCount) }));
}

const plainTypes: Readonly<Record<string, () => DataType>> = {
  BOOLEAN: () => new Bool(), TINYINT: () => new Int8(), SMALLINT: () => new Int16(), INTEGER: () => new Int32(), BIGINT: () => new Int64(),
  UTINYINT: () => new Uint8(), USMALLINT: () => new Uint16(), UINTEGER: () => new Uint32(), UBIGINT: () => new Uint64(), FLOAT: () => new Float32(), DOUBLE: () => new Float64(),
  VARCHAR: () => new Utf8(), BLOB: () => new Binary(), DATE: () => new DateDay(), TIME: () => new TimeMicrosecond(),
  TIMESTAMP: () => new TimestampMicrosecond(), TIMESTAMP_NS: () => new TimestampNanosecond(), 'TIMESTAMP WITH TIME ZONE': () => new TimestampMicrosecond('UTC'),
};

/** Lists, structs and maps are JSON, other types of DuckDB's the text that it shows. */
export function selectDuckdbColumn(name: string, type: string): SelectedColumn {
  const column = quoteIdentifier(name);
  const of = (arrowType: DataType, expression = column): SelectedColumn => ({ field: new Field(name, arrowType, true), expression });
  const plain = plainTypes[type];
  if (plain) return of(plain());
  if (type === 'TIMESTAMP_S' || type === 'TIMESTAMP_MS') return of(new TimestampMicrosecond(), `CAST(${column} AS TIMESTAMP)`);
  const [, precision, scale] = /^DECIMAL\((\d+),(\d+)\)$/.exec(type) ?? [];
  if (precision !== undefined) return of(new Decimal(Number(scale), Number(precision)));
  const isNested = /[\])]$/.test(type) && !type.startsWith('ENUM');
  return of(new Utf8(), isNested ? `CAST(to_json(${column}) AS VARCHAR)` : `CAST(${column} AS VARCHAR)`);
}
