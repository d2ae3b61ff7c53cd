import type { Queries } from '@tessera/database';
import type { Call } from '@tessera/domain';
import { sql, type RawBuilder } from 'kysely';

/** Ids of a node and all below it, as a recursive query named `subtree`. */
const subtree = (id: number) => sql`recursive subtree (id) as (
  select n.id from catalog.nodes n where n.id = ${id}::bigint
  union all
  select n.id from subtree join catalog.nodes n on n.parent_id = subtree.id
)`;

/** Removes a node and all below it. Returns the ids that are gone. */
export function removeSubtree(queries: Queries, id: number, call?: Call): Promise<readonly number[]> {
  return removeWhere(queries, id, sql`true`, call);
}

/** Removes all below a node, but not the node. Returns the ids that are gone. */
export function clearBelow(queries: Queries, id: number, call?: Call): Promise<readonly number[]> {
  return removeWhere(queries, id, sql`s.id <> ${id}::bigint`, call);
}

/** Removes the data sources of a node. */
export async function clearSources(queries: Queries, id: number, call?: Call): Promise<void> {
  const assets = await queries.rows(sql<{ asset_id: number }>`
    with gone as (delete from catalog.data_sources where node_id = ${id}::bigint returning id)
    select l.asset_id from catalog.data_source_assets l join gone on gone.id = l.data_source_id`, call);
  await removeUnused(queries, assets.map((row) => row.asset_id), call);
}

async function removeWhere(queries: Queries, id: number, condition: RawBuilder<unknown>, call?: Call): Promise<readonly number[]> {
  const assets = await queries.rows(sql<{ asset_id: number }>`
    with ${subtree(id)}
    select distinct l.asset_id from subtree s
    join catalog.data_sources d on d.node_id = s.id
    join catalog.data_source_assets l on l.data_source_id = d.id
    where ${condition}`, call);
  const gone = await queries.rows(sql<{ id: number }>`
    with ${subtree(id)}
    delete from catalog.nodes where id in (select s.id from subtree s where ${condition}) returning id`, call);
  await removeUnused(queries, assets.map((row) => row.asset_id), call);
  return gone.map((row) => row.id);
}

/** An asset goes with the last data source that reads it. */
export async function removeUnused(queries: Queries, assetIds: readonly number[], call?: Call): Promise<void> {
  if (assetIds.length === 0) return;
  await queries.rows(sql`
    delete from catalog.assets a where a.id = any(${assetIds}::bigint[])
    and not exists (select 1 from catalog.data_source_assets l where l.asset_id = a.id)`, call);
}
