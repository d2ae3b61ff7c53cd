// Queries that read the tree. Each answers for a whole page or path at once: none is run once a child.
import { countBound, type PagePlan, type Queries } from '@tessera/database';
import type { Call, NodePath } from '@tessera/domain';
import { sql } from 'kysely';
import { nodeColumns, rootId, type NodeRow } from './node-row.ts';

/**
 * The deepest node that a path reaches, and how many of its keys that took. The walk goes through the unique
 * index on (parent_id, key): one look-up a key, however many nodes there are.
 */
export async function findDeepest(queries: Queries, path: NodePath, call?: Call): Promise<{ row: NodeRow; depth: number }> {
  const rows = await queries.rows(sql<NodeRow & { depth: number }>`
    with recursive walk (id, depth) as (
      select ${rootId}::bigint, 0
      union all
      select child.id, walk.depth + 1 from walk
      cross join lateral (
        select c.id from catalog.nodes c
        where c.parent_id = walk.id and c.key = (${path}::text[])[walk.depth + 1]
        limit 1
      ) child
      where walk.depth < ${path.length}::int
    )
    select ${nodeColumns}, deepest.depth from (select id, depth from walk order by depth desc limit 1) deepest
    join catalog.nodes n on n.id = deepest.id`, call);
  const { depth, ...row } = rows[0]!;
  return { row, depth };
}

/** One page of the children of a container; one row more than the page if there is a next. */
export function listChildren(queries: Queries, parentId: number, plan: PagePlan, readableOnly: boolean, call?: Call): Promise<readonly NodeRow[]> {
  return queries.rows(sql<NodeRow>`
    select ${nodeColumns} from catalog.nodes n
    where n.parent_id = ${parentId}::bigint and ${plan.condition} ${readableOnly ? sql`and n.problem is null` : sql``}
    order by ${plan.order} limit ${plan.limit + 1}::bigint offset ${plan.offset}::bigint`, call);
}

/** Number of children of each container, in one query; each up to a bound unless `exact`. */
export async function countChildren(queries: Queries, parentIds: readonly number[], exact: boolean, readableOnly: boolean, call?: Call): Promise<ReadonlyMap<number, number>> {
  if (parentIds.length === 0) return new Map();
  const rows = await queries.rows(sql<{ id: number; count: number }>`
    select parent.id, counted.count from unnest(${parentIds}::bigint[]) as parent (id)
    cross join lateral (
      select count(*) as count from (
        select 1 from catalog.nodes c where c.parent_id = parent.id ${readableOnly ? sql`and c.problem is null` : sql``}
        ${exact ? sql`` : sql`limit ${countBound}`}
      ) bounded
    ) counted`, call);
  return new Map(rows.map((row) => [row.id, row.count]));
}

export function nodesById(queries: Queries, ids: readonly number[], call?: Call): Promise<readonly NodeRow[]> {
  return queries.rows(sql<NodeRow>`select ${nodeColumns} from catalog.nodes n where n.id = any(${ids}::bigint[])`, call);
}

/** Nodes in the order of their ids, without the root. */
export function nodesAfter(queries: Queries, afterId: number, limit: number, call?: Call): Promise<readonly NodeRow[]> {
  return queries.rows(sql<NodeRow>`
    select ${nodeColumns} from catalog.nodes n where n.id > greatest(${afterId}::bigint, ${rootId}::bigint)
    order by n.id limit ${limit}::bigint`, call);
}

/** Paths of nodes, in one query. An id that is gone, or is being removed, has none. */
export async function pathsOf(queries: Queries, ids: readonly number[], call?: Call): Promise<ReadonlyMap<number, NodePath>> {
  if (ids.length === 0) return new Map();
  const rows = await queries.rows(sql<{ id: number; path: string[] }>`
    with recursive up (origin, parent_id, key, height) as (
      select n.id, n.parent_id, n.key, 0 from catalog.nodes n where n.id = any(${ids}::bigint[])
      union all
      select up.origin, n.parent_id, n.key, up.height + 1 from up join catalog.nodes n on n.id = up.parent_id
    )
    select origin as id, coalesce(jsonb_agg(key order by height desc) filter (where parent_id is not null), '[]') as path
    from up group by origin having bool_or(parent_id is null)`, call);
  return new Map(rows.map((row) => [row.id, row.path]));
}
