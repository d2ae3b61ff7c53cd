// Registrations inside a transaction: subtrees are added, replaced, or merged into what is there.
import type { Queries } from '@tessera/database';
import { TesseraError, type Call, type Node, type NodePath, type Registration } from '@tessera/domain';
import { sql } from 'kysely';
import { allocateNodeIds, insertNodes, type PlacedNode } from './insert-nodes.sql.ts';
import { insertSources } from './insert-sources.sql.ts';
import { noSuchEntry } from './no-such-entry.ts';
import { nodeColumns, structureBody, toNode, type NodeRow } from './node-row.ts';
import { findDeepest } from './nodes.sql.ts';
import { appendToOutbox } from './outbox.sql.ts';
import { planRegistration, storedJson, type PlannedNode } from './plan-registration.ts';
import { clearBelow, clearSources } from './remove-nodes.sql.ts';
import { updateSource } from './update-source.sql.ts';

/**
 * Adds subtrees, with their events, and returns the top of each, in order. The transaction is the caller's.
 * New ones are written together: a hundred files of one node cost about as many queries as one.
 */
export async function registerSubtrees(queries: Queries, registrations: readonly Registration[], call?: Call): Promise<readonly Node[]> {
  const tops: Node[] = [];
  for (const run of independentRuns(registrations)) tops.push(...(await registerRun(queries, run, call)));
  return tops;
}

/** Neighbours of which none lies below another, nor takes its place: their order does not matter. */
function independentRuns(registrations: readonly Registration[]): readonly (readonly Registration[])[] {
  const runs: Registration[][] = [];
  let places = new Set<string>();
  for (const registration of registrations) {
    const { parent, key } = registration;
    const prefixes = parent.map((_, depth) => parent.slice(0, depth + 1).join('/'));
    const place = [...parent, key].join('/');
    const run = runs[runs.length - 1];
    if (run && !places.has(place) && !prefixes.some((prefix) => places.has(prefix))) run.push(registration);
    else {
      runs.push([registration]);
      places = new Set();
    }
    places.add(place);
  }
  return runs;
}

async function registerRun(queries: Queries, run: readonly Registration[], call?: Call): Promise<readonly Node[]> {
  const plans = run.map(planRegistration);
  const parents = await lockParents(queries, run, call);
  const places = run.map((registration, index) => ({ parentId: parents[index]!, key: registration.key }));
  const taken = new Map((await lockExisting(queries, places, call)).map((row) => [`${row.parent_id}/${row.key}`, row]));
  const existing = places.map(({ parentId, key }) => taken.get(`${parentId}/${key}`));
  const fresh = run.flatMap((_, index) => (existing[index] ? [] : [index]));
  const placed = await placeTogether(queries, fresh.map((index) => ({ plan: plans[index]!, parentId: parents[index]! })), call);
  const tops: Node[] = [];
  for (const [index, registration] of run.entries()) {
    const path = [...registration.parent, registration.key];
    const row = existing[index];
    tops.push(row ? await change(queries, registration, plans[index]!, row, path, call) : insertedTop(placed[fresh.indexOf(index)]!, path));
  }
  return tops;
}

/** Writes several new subtrees as one. Returns the top of each. */
async function placeTogether(queries: Queries, subtrees: readonly { plan: readonly PlannedNode[]; parentId: number }[], call?: Call): Promise<readonly PlacedNode[]> {
  const joined: PlannedNode[] = [];
  const starts: number[] = [];
  // Parents that are in the catalog already stand before the plan: at −1, −2, …
  const ids = new Map<number, number>();
  for (const [index, { plan, parentId }] of subtrees.entries()) {
    const start = joined.length;
    starts.push(start);
    ids.set(-1 - index, parentId);
    for (const node of plan) joined.push({ ...node, parent: node.parent < 0 ? -1 - index : start + node.parent });
  }
  const placed = await place(queries, joined, ids, call);
  return starts.map((start) => placed[start]!);
}

/** What a registration does where there is a node already. */
async function change(queries: Queries, registration: Registration, plan: readonly PlannedNode[], existing: ExistingRow, path: NodePath, call?: Call): Promise<Node> {
  if (registration.ifExists === 'fail') throw existsAlready(path);
  if (existing.inside_file) throw insideFile(path);
  return registration.ifExists === 'keep' ? keep(queries, plan, existing, path, call) : replace(queries, plan, existing, path, call);
}

/** The id of each registration's parent; registrations in one folder ask once. */
async function lockParents(queries: Queries, run: readonly Registration[], call?: Call): Promise<readonly number[]> {
  const known = new Map<string, number>();
  const ids: number[] = [];
  for (const { parent } of run) {
    const place = parent.join('/');
    const id = known.get(place) ?? (await lockParent(queries, parent, call));
    known.set(place, id);
    ids.push(id);
  }
  return ids;
}

/** @throws TesseraError not_found if there is no parent, unsupported if it takes no children. */
async function lockParent(queries: Queries, path: NodePath, call?: Call): Promise<number> {
  const { row, depth } = await findDeepest(queries, path, call);
  if (depth < path.length) throw noSuchEntry(path);
  const [parent] = await queries.rows(sql<{ family: string; inside_file: boolean; is_file: boolean }>`
    select n.family, n.inside_file, exists (select 1 from catalog.data_sources d where d.node_id = n.id) as is_file
    from catalog.nodes n where n.id = ${row.id}::bigint for key share of n`, call);
  if (!parent) throw noSuchEntry(path);
  if (parent.inside_file || parent.is_file) throw insideFile(path);
  if (parent.family !== 'container') throw new TesseraError('unsupported', `Nothing can be added below ${quoted(path)}: it is not a container.`);
  return row.id;
}

interface ExistingRow extends NodeRow {
  readonly is_file: boolean;
}

/** Which of these places are taken, and by what. Locked until the end of the transaction. */
function lockExisting(queries: Queries, places: readonly { parentId: number; key: string }[], call?: Call): Promise<readonly ExistingRow[]> {
  const parents = places.map((place) => place.parentId);
  const keys = places.map((place) => place.key);
  return queries.rows(sql<ExistingRow>`
    select ${nodeColumns}, exists (select 1 from catalog.data_sources d where d.node_id = n.id) as is_file
    from unnest(${parents}::bigint[], ${keys}::text[]) as place (parent_id, key)
    join catalog.nodes n on n.parent_id = place.parent_id and n.key = place.key
    order by n.id for update of n`, call);
}

/** Inserts those nodes of the plan whose id is not in `ids` yet; `ids` then has all of them. Parents come before children. */
async function place(queries: Queries, plan: readonly PlannedNode[], ids: Map<number, number>, call?: Call): Promise<readonly PlacedNode[]> {
  const fresh = plan.flatMap((_, index) => (ids.has(index) ? [] : [index]));
  const allocated = await allocateNodeIds(queries, fresh.length, call);
  fresh.forEach((index, position) => ids.set(index, allocated[position]!));
  const placed = fresh.map((index) => ({ planned: plan[index]!, id: ids.get(index)!, parentId: ids.get(plan[index]!.parent)! }));
  await insertNodes(queries, placed, call);
  await insertSources(queries, placed, call);
  await appendToOutbox(queries, 'node.registered.v1', placed.map((node) => node.id), call);
  return placed;
}

/**
 * The node keeps its id and its place in the default order: whoever holds it finds the new state there.
 * All below it is new. What its metadata were is kept as a revision, if they change.
 */
async function replace(queries: Queries, plan: readonly PlannedNode[], existing: ExistingRow, path: NodePath, call?: Call): Promise<Node> {
  const gone = await clearBelow(queries, existing.id, call);
  const { draft } = plan[0]!;
  const metadata = storedJson(draft.metadata, []);
  const specs = storedJson(draft.specs, []);
  await queries.rows(sql`
    insert into catalog.revisions (node_id, number, metadata, specs, created_at)
    select id, revision, metadata, specs, updated_at from catalog.nodes
    where id = ${existing.id}::bigint and (metadata <> ${metadata}::jsonb or specs <> ${specs}::jsonb)`, call);
  await queries.rows(sql`
    update catalog.nodes set family = ${draft.structure.family}, structure = nullif(${storedJson(structureBody(draft.structure), [])}::jsonb, 'null'),
      metadata = ${metadata}::jsonb, specs = ${specs}::jsonb, manifest_id = ${draft.manifestId ?? null}, problem = ${draft.problem ?? null},
      revision = revision + 1, updated_at = now()
    where id = ${existing.id}::bigint`, call);
  const top: PlacedNode = { planned: plan[0]!, id: existing.id, parentId: existing.parent_id! };
  if (!(await updateSource(queries, existing.id, draft.dataSource, call))) {
    await clearSources(queries, existing.id, call);
    await insertSources(queries, [top], call);
  }
  await place(queries, plan, new Map([[0, existing.id]]), call);
  await appendToOutbox(queries, 'node.updated.v1', [existing.id], call);
  await appendToOutbox(queries, 'node.removed.v1', gone, call);
  return { ...insertedTop(top, path), revision: existing.revision + 1 };
}

/** Containers that are there stay as they are; what is new is added to them. */
async function keep(queries: Queries, plan: readonly PlannedNode[], existing: ExistingRow, path: NodePath, call?: Call): Promise<Node> {
  const ids = new Map<number, number>();
  const keepNode = (index: number, row: ExistingRow) => {
    const { draft } = plan[index]!;
    if (row.family !== 'container' || draft.structure.family !== 'container' || row.is_file || draft.dataSource) throw existsAlready([...path, ...draft.path]);
    ids.set(index, row.id);
  };
  keepNode(0, existing);
  // A level at a time: only below a node that was there already can there be others.
  for (let level = [0]; level.length > 0;) {
    const parents = new Set(level);
    const places = plan.flatMap((node, index) => (parents.has(node.parent) ? [{ index, parentId: ids.get(node.parent)!, key: node.key }] : []));
    const rows = places.length === 0 ? [] : await lockExisting(queries, places, call);
    const taken = new Map(rows.map((row) => [`${row.parent_id}/${row.key}`, row]));
    level = places.flatMap(({ index, parentId, key }) => {
      const row = taken.get(`${parentId}/${key}`);
      if (row) keepNode(index, row);
      return row ? [index] : [];
    });
  }
  await place(queries, plan, ids, call);
  return toNode(existing, path);
}

/** The top as the catalog now has it, without asking again. */
function insertedTop({ planned, id, parentId }: PlacedNode, path: NodePath): Node {
  const { structure, metadata, specs, manifestId, problem } = planned.draft;
  return {
    id, parentId, path, structure, metadata, specs, insideFile: planned.insideFile, revision: 1,
    ...(manifestId === undefined ? {} : { manifestId }),
    ...(problem === undefined ? {} : { problem }),
  };
}

const quoted = (path: NodePath) => `"/${path.join('/')}"`;

function existsAlready(path: NodePath): TesseraError {
  return new TesseraError('conflict', `/${path.join('/')} exists already. Choose another key, or remove it first.`, { path });
}

export function insideFile(path: NodePath): TesseraError {
  return new TesseraError('unsupported', `${quoted(path)} is a file or lies inside one: it changes with the file only.`, { path });
}
