import type { PartitionRequest } from '../table-decoder.ts';
import { filterToSql, type SqlDialect } from './filter-to-sql.ts';

/** What is asked of a database for a part of a table. */
export interface SelectedRows {
  /** What stands behind WHERE; absent = all. */
  readonly condition?: string;
  /** What stands at the end: LIMIT and OFFSET. */
  readonly limit: string;
  /** How many rows must come, if a filter leaves none out. */
  readonly rowCount?: number;
}

/** Rows of a partition by number, or those that a filter may be true of; both at once would be a query in a query. */
export function selectRows({ partition, rows, filter }: PartitionRequest, dialect: SqlDialect): SelectedRows {
  const { start, stop } = rows ?? { start: 0, stop: partition.rowCount };
  if (start > 0 || stop < partition.rowCount) return { limit: ` LIMIT ${Math.max(0, stop - start)} OFFSET ${start}`, rowCount: Math.max(0, stop - start) };
  const condition = filter && filterToSql(filter, dialect);
  return condition === undefined ? { limit: '', rowCount: partition.rowCount } : { condition, limit: '' };
}
