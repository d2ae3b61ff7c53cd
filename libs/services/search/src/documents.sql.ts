import type { PagePlan, Queries } from '@tessera/database';
import { countBound } from '@tessera/database';
import type { Call } from '@tessera/domain';
import { sql, type RawBuilder } from 'kysely';
import type { Document } from './project-node.ts';

const batchCharacters = 2 * 2 ** 20;

/**
 * Adds or renews documents. One that is there in a later revision stays as it is, unless an earlier fill wrote
 * it; one marked as gone stays gone.
 */
export async function putDocuments(queries: Queries, documents: readonly Document[], call?: Call): Promise<void> {
  for (const batch of batches(documents)) {
    await queries.rows(sql`
      insert into search.documents as d (node_id, parent_id, key, family, metadata, specs, words, revision, generation)
      select t.*, (select generation from search.state)
      from json_to_recordset(${batch}::json) as t (node_id bigint, parent_id bigint, key text, family text, metadata jsonb, specs text[], words text[], revision bigint)
      order by t.node_id
      on conflict (node_id) do update set parent_id = excluded.parent_id, key = excluded.key, family = excluded.family,
        metadata = excluded.metadata, specs = excluded.specs, words = excluded.words, revision = excluded.revision, generation = excluded.generation
      where d.revision <= excluded.revision or (d.parent_id is not null and d.generation < excluded.generation)`, call);
  }
}

/** Marks nodes as gone. The mark outlives them for a while, for news that arrive out of order. */
export async function markRemoved(queries: Queries, nodeIds: readonly number[], call?: Call): Promise<void> {
  if (nodeIds.length === 0) return;
  await queries.rows(sql`
    insert into search.documents (node_id, parent_id, key, family, metadata, specs, words, revision, generation, removed_at)
    select gone.id, null, '', '', '{}', '{}', '{}', ${Number.MAX_SAFE_INTEGER}::bigint, 0, now() from unnest(${[...nodeIds].sort((a, b) => a - b)}::bigint[]) as gone (id)
    on conflict (node_id) do update set parent_id = null, key = '', family = '', metadata = '{}', specs = '{}', words = '{}',
      revision = excluded.revision, generation = 0, removed_at = excluded.removed_at`, call);
}

/** Drops the marks of nodes that are gone for longer than this. */
export async function dropMarks(queries: Queries, olderThan: string): Promise<void> {
  await queries.rows(sql`delete from search.documents where removed_at <= now() - ${olderThan}::interval`);
}

/** Ids of one page, and one more if there is a next. */
export function findDocuments(queries: Queries, parentId: number, condition: RawBuilder<unknown>, plan: PagePlan, call?: Call): Promise<readonly { id: number }[]> {
  return queries.rows(sql<{ id: number }>`
    select d.node_id as id from search.documents d
    where d.parent_id = ${parentId}::bigint and ${condition} and ${plan.condition}
    order by ${plan.order} limit ${plan.limit + 1}::bigint offset ${plan.offset}::bigint`, call);
}

export async function countDocuments(queries: Queries, parentId: number, condition: RawBuilder<unknown>, exact: boolean, call?: Call): Promise<number> {
  const rows = await queries.rows(sql<{ count: number }>`
    select count(*) as count from (
      select 1 from search.documents d where d.parent_id = ${parentId}::bigint and ${condition} ${exact ? sql`` : sql`limit ${countBound}`}
    ) bounded`, call);
  return rows[0]!.count;
}

/** JSON lists of documents, cut by size so that a statement fits the embedded database. */
function* batches(documents: readonly Document[]): Generator<string> {
  let batch: string[] = [];
  let characters = 0;
  for (const document of documents) {
    const json = JSON.stringify(document);
    if (batch.length > 0 && characters + json.length > batchCharacters) {
      yield `[${batch.join(',')}]`;
      batch = [];
      characters = 0;
    }
    batch.push(json);
    characters += json.length;
  }
  if (batch.length > 0) yield `[${batch.join(',')}]`;
}
