import type { Queries } from '@tessera/database';
import type { Call, CatalogEvent } from '@tessera/domain';
import { sql } from 'kysely';

/** Most ids that one event carries. */
export const maxEventNodes = 1000;

/** Notes what a transaction changed; it is published if, and after, the transaction commits. */
export async function appendToOutbox(queries: Queries, kind: CatalogEvent['kind'], nodeIds: readonly number[], call?: Call): Promise<void> {
  if (nodeIds.length === 0) return;
  const events: { kind: string; node_ids: readonly number[] }[] = [];
  for (let start = 0; start < nodeIds.length; start += maxEventNodes) {
    events.push({ kind, node_ids: nodeIds.slice(start, start + maxEventNodes) });
  }
  await queries.rows(sql`
    insert into catalog.outbox (kind, node_ids)
    select t.kind, t.node_ids from json_to_recordset(${JSON.stringify(events)}::json) as t (kind text, node_ids jsonb)`, call);
}

/** The oldest events that are not yet published. */
export async function readOutbox(queries: Queries, limit: number): Promise<readonly CatalogEvent[]> {
  const rows = await queries.rows(sql<{ sequence: number; kind: CatalogEvent['kind']; node_ids: number[] }>`
    select sequence, kind, node_ids from catalog.outbox order by sequence limit ${limit}::int`);
  return rows.map((row) => ({ sequence: row.sequence, kind: row.kind, nodeIds: row.node_ids }));
}

export async function removeFromOutbox(queries: Queries, sequences: readonly number[]): Promise<void> {
  if (sequences.length > 0) await queries.rows(sql`delete from catalog.outbox where sequence = any(${sequences}::bigint[])`);
}

export async function outboxLength(queries: Queries): Promise<number> {
  const rows = await queries.rows(sql<{ count: number }>`select count(*) as count from catalog.outbox`);
  return rows[0]!.count;
}
