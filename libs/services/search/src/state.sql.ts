// The one row that says how far the index has come.
import type { Queries } from '@tessera/database';
import type { Call } from '@tessera/domain';
import { sql } from 'kysely';
import { projectionVersion } from './project-node.ts';

export interface SearchState {
  readonly documents: number;
  readonly sequence: number;
}

export async function readState(queries: Queries, call?: Call): Promise<SearchState> {
  const rows = await queries.rows(sql<SearchState>`
    select (select count(*) from search.documents where parent_id is not null) as documents, last_sequence as sequence from search.state`, call);
  return rows[0]!;
}

export async function noteSequence(queries: Queries, sequence: number): Promise<void> {
  await queries.rows(sql`update search.state set last_sequence = greatest(last_sequence, ${sequence}::bigint) where last_sequence < ${sequence}::bigint`);
}

/** Whether the index was ever filled whole, by the projection of this program. */
export async function isFilled(queries: Queries): Promise<boolean> {
  const rows = await queries.rows(sql<{ filled: boolean }>`select filled_projection = ${projectionVersion}::int as filled from search.state`);
  return rows[0]!.filled;
}

/** Documents written from now on belong to the new generation. */
export async function beginGeneration(queries: Queries): Promise<number> {
  const rows = await queries.rows(sql<{ generation: number }>`update search.state set generation = generation + 1 returning generation`);
  return rows[0]!.generation;
}

/** Sweeps what the fill did not meet: it is no longer in the catalog. */
export async function endGeneration(queries: Queries, generation: number): Promise<void> {
  await queries.rows(sql`delete from search.documents where parent_id is not null and generation < ${generation}::bigint`);
  await queries.rows(sql`update search.state set filled_projection = ${projectionVersion}::int`);
}

/** The highest node id that the index has met; 0 if none. */
export async function highestNodeId(queries: Queries): Promise<number> {
  const rows = await queries.rows(sql<{ id: number }>`select coalesce(max(node_id), 0) as id from search.documents`);
  return rows[0]!.id;
}
