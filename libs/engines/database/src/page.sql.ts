// Order and paging of a listing, the same in every service that lists entries.
import { TesseraError, type Page, type PageRequest, type SortItem } from '@tessera/domain';
import { sql, type RawBuilder } from 'kysely';
import { metadataValue } from './metadata-value.sql.ts';

/** Columns of the table that is listed. */
export interface ListedColumns {
  /** Grows with creation: the default order. */
  readonly id: RawBuilder<unknown>;
  readonly key: RawBuilder<unknown>;
  readonly metadata: RawBuilder<unknown>;
}

/** A counted page says at most this when the exact number was not asked for: more than 100. */
export const countBound = 101;

/** Most items that a page may have. */
export const maxPageItems = 10_000;

/** How to fetch one page: a condition, an order, and how many rows; one row more than the page tells if there is a next. */
export interface PagePlan {
  readonly condition: RawBuilder<unknown>;
  readonly order: RawBuilder<unknown>;
  readonly limit: number;
  readonly offset: number;
  /** Whether the next page is found by the last id of this one. */
  readonly keyset: boolean;
}

/**
 * Plans a page. The default order goes on after an id, at the same cost on every page; any other by offset.
 * @throws TesseraError invalid_argument for a cursor with another order or with an offset, or numbers out of range.
 */
export function planPage(page: PageRequest, sort: readonly SortItem[], columns: ListedColumns): PagePlan {
  const { limit, offset = 0, cursor } = page;
  if (!Number.isSafeInteger(limit) || limit < 0 || limit > maxPageItems) {
    throw new TesseraError('invalid_argument', `A page has 0 to ${maxPageItems} items, not ${limit}.`);
  }
  if (!Number.isSafeInteger(offset) || offset < 0) throw new TesseraError('invalid_argument', `A page cannot start at ${offset}.`);
  const keyset = sort.every((item) => 'column' in item.key && item.key.column === 'default');
  if (cursor !== undefined) checkCursor(cursor, page, keyset);
  const backwards = isBackwards(sort);
  const condition = cursor === undefined ? sql`true` : backwards ? sql`${columns.id} < ${cursor}::bigint` : sql`${columns.id} > ${cursor}::bigint`;
  return { condition, order: orderBy(sort, columns), limit, offset, keyset };
}

/** The page made of the rows that its plan fetched: `plan.limit` of them, or one more. */
export function toPage<Row extends { readonly id: number }, Item>(plan: PagePlan, rows: readonly Row[], count: number, toItem: (row: Row) => Item): Page<Item> {
  const items = rows.slice(0, plan.limit);
  const last = items[items.length - 1];
  if (last === undefined || rows.length <= plan.limit) return { items: items.map(toItem), count };
  const next = plan.keyset ? { cursor: last.id } : { offset: plan.offset + items.length };
  return { items: items.map(toItem), count, next };
}

function checkCursor(cursor: number, page: PageRequest, keyset: boolean): void {
  if (!Number.isSafeInteger(cursor) || cursor < 0) throw new TesseraError('invalid_argument', `${cursor} is not a cursor that was given out.`);
  if (page.offset !== undefined) throw new TesseraError('invalid_argument', 'Give an offset or a cursor, not both.');
  if (!keyset) throw new TesseraError('invalid_argument', 'A cursor goes with the default order only. Use an offset with this sort.');
}

/** Whether ties, and the default order, run from the newest to the oldest. */
function isBackwards(sort: readonly SortItem[]): boolean {
  return sort.some((item) => 'column' in item.key && item.key.column === 'default' && item.direction === -1);
}

function orderBy(sort: readonly SortItem[], columns: ListedColumns): RawBuilder<unknown> {
  const terms = sort.flatMap((item) => orderTerms(item, columns));
  const creation = isBackwards(sort) ? sql`${columns.id} desc` : sql`${columns.id} asc`;
  return sql.join([...terms, creation]);
}

/** Numbers by value, then strings by code point, then booleans, then lists and objects; null and missing last both ways. */
function orderTerms(item: SortItem, columns: ListedColumns): RawBuilder<unknown>[] {
  const direction = item.direction === -1 ? sql`desc` : sql`asc`;
  if ('column' in item.key) return item.key.column === 'id' ? [sql`${columns.key} collate "C" ${direction}`] : [];
  const value = metadataValue(columns.metadata, item.key.metadata);
  const type = sql`jsonb_typeof(${value})`;
  return [
    sql`(coalesce(${type}, 'null') = 'null') asc`,
    sql`case ${type} when 'number' then 0 when 'string' then 1 when 'boolean' then 2 else 3 end ${direction}`,
    sql`case when ${type} = 'number' then (${value} #>> '{}')::numeric end ${direction}`,
    sql`case when ${type} in ('string', 'boolean') then ${value} #>> '{}' end collate "C" ${direction}`,
  ];
}
