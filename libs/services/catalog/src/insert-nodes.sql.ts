// Writes planned nodes in bulk: a statement for a thousand nodes, not one for each.
import type { Queries } from '@tessera/database';
import type { Call } from '@tessera/domain';
import { sql } from 'kysely';
import { structureBody } from './node-row.ts';
import { storedJson, type PlannedNode } from './plan-registration.ts';

const batchRows = 1000;
/** Keeps one statement small enough for the embedded database, which lives in a fixed memory. */
const batchCharacters = 2 * 2 ** 20;

/** A planned node with its ids. */
export interface PlacedNode {
  readonly planned: PlannedNode;
  readonly id: number;
  readonly parentId: number;
}

/** Ids for `count` new nodes, ascending. */
export async function allocateNodeIds(queries: Queries, count: number, call?: Call): Promise<readonly number[]> {
  if (count === 0) return [];
  const rows = await queries.rows(sql<{ id: number }>`
    select nextval('catalog.nodes_id_seq') as id from generate_series(1, ${count}::int)`, call);
  return rows.map((row) => row.id);
}

/** @throws TesseraError conflict if a key is taken. */
export async function insertNodes(queries: Queries, nodes: readonly PlacedNode[], call?: Call): Promise<void> {
  for (const batch of jsonBatches(nodes, nodeJson)) {
    await queries.rows(sql`
      insert into catalog.nodes (id, parent_id, key, family, structure, metadata, specs, manifest_id, problem, inside_file)
      select id, parent_id, key, family, nullif(structure, 'null'), metadata, specs, manifest_id, problem, inside_file
      from json_to_recordset(${batch}::json) as t (id bigint, parent_id bigint, key text, family text, structure jsonb,
        metadata jsonb, specs jsonb, manifest_id text, problem text, inside_file boolean)`, call);
  }
}

function nodeJson({ planned, id, parentId }: PlacedNode): string {
  const { draft } = planned;
  // Built by parts: metadata is turned to text once, and its size is known before it is sent.
  const parts = [
    `"id":${id},"parent_id":${parentId},"key":${JSON.stringify(planned.key)},"family":${JSON.stringify(draft.structure.family)}`,
    `"structure":${storedJson(structureBody(draft.structure), draft.path)}`,
    `"metadata":${storedJson(draft.metadata, draft.path)}`,
    `"specs":${storedJson(draft.specs, draft.path)}`,
    `"manifest_id":${JSON.stringify(draft.manifestId ?? null)},"problem":${JSON.stringify(draft.problem ?? null)}`,
    `"inside_file":${planned.insideFile}`,
  ];
  return `{${parts.join(',')}}`;
}

/** JSON lists of rows, cut by number and size. */
export function* jsonBatches<Row>(rows: readonly Row[], toJson: (row: Row) => string): Generator<string> {
  let batch: string[] = [];
  let characters = 0;
  for (const row of rows) {
    const json = toJson(row);
    if (batch.length > 0 && (batch.length >= batchRows || characters + json.length > batchCharacters)) {
      yield `[${batch.join(',')}]`;
      batch = [];
      characters = 0;
    }
    batch.push(json);
    characters += json.length;
  }
  if (batch.length > 0) yield `[${batch.join(',')}]`;
}
