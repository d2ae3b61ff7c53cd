import { checkCall, migrate, planPage, sqlStateOf, toPage, type Database } from '@tessera/database';
import {
  requireScopes, TesseraError,
  type Call, type Catalog, type DataSource, type ListRequest, type Node, type NodePath, type Page, type Principal,
  type RegisteredSource, type Registration, type Resolved, type ResolveOptions, type ScanRequest,
} from '@tessera/domain';
import { sql } from 'kysely';
import { catalogMigrations } from './catalog-migrations.ts';
import { dataSourcesOf, sourcesBelow } from './data-sources.sql.ts';
import { noSuchEntry } from './no-such-entry.ts';
import { rootId, toNode, type NodeRow } from './node-row.ts';
import { countChildren, findDeepest, listChildren, nodesAfter, nodesById, pathsOf } from './nodes.sql.ts';
import { appendToOutbox } from './outbox.sql.ts';
import { groupRegistrations } from './group-registrations.ts';
import { insideFile, registerSubtrees } from './register.ts';
import { removeSubtree } from './remove-nodes.sql.ts';

const listed = { id: sql`n.id`, key: sql`n.key`, metadata: sql`n.metadata` };

const placeTaken = '23505';
const registerAttempts = 5;
const maxScan = 1000;

/** The catalog on PostgreSQL or its embedded form. `onCommit` is told after each change: it wakes the relay. */
export class CatalogService implements Catalog {
  private readonly database: Database;
  private readonly onCommit: () => void;

  constructor(database: Database, onCommit: () => void = () => undefined) {
    this.database = database;
    this.onCommit = onCommit;
  }

  /** Brings the schema up to date and opens the catalog. */
  static async open(database: Database, onCommit?: () => void): Promise<CatalogService> {
    await migrate(database, 'catalog', catalogMigrations);
    return new CatalogService(database, onCommit);
  }

  async resolve(principal: Principal, path: NodePath, options: ResolveOptions = {}, call?: Call): Promise<Resolved> {
    requireScopes(principal, ['read:metadata']);
    const { row, depth } = await findDeepest(this.database, path, call);
    const at = path.slice(0, depth);
    if (depth === path.length) return { node: await this.fill(row, at, options, call) };
    if (row.problem !== null) throw new TesseraError('gone', row.problem);
    const column = path[depth]!;
    if (depth !== path.length - 1 || !hasColumn(row, column)) throw noSuchEntry(path);
    return { node: await this.fill(row, at, options, call), column };
  }

  async children(principal: Principal, path: NodePath, request: ListRequest, call?: Call): Promise<Page<Node>> {
    requireScopes(principal, ['read:metadata']);
    const plan = planPage(request.page, request.sort, listed);
    const parent = await this.container(path, call);
    const { exactCount = false, readableOnly = false } = request;
    const [rows, counts] = await Promise.all([
      plan.limit === 0 ? [] : listChildren(this.database, parent.id, plan, readableOnly, call),
      countChildren(this.database, [parent.id], exactCount, readableOnly, call),
    ]);
    const shown = rows.slice(0, plan.limit);
    const extras = await this.extrasOf(shown, request, exactCount, call);
    return toPage(plan, rows, counts.get(parent.id) ?? 0, (row) => ({ ...toNode(row, [...path, row.key]), ...extras(row) }));
  }

  async nodes(principal: Principal, ids: readonly number[], options: ResolveOptions = {}, call?: Call): Promise<readonly Node[]> {
    requireScopes(principal, ['read:metadata']);
    if (ids.length === 0) return [];
    return this.withPaths(await nodesById(this.database, [...new Set(ids)], call), options, call);
  }

  async scan(principal: Principal, request: ScanRequest, call?: Call): Promise<readonly Node[]> {
    requireScopes(principal, ['read:metadata']);
    const { afterId = rootId, limit } = request;
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > maxScan) throw new TesseraError('invalid_argument', `A scan reads 1 to ${maxScan} nodes at a time.`);
    for (let last = afterId; ;) {
      const rows = await nodesAfter(this.database, last, limit, call);
      const nodes = await this.withPaths(rows, {}, call);
      // Nodes that are removed at this moment have no path: if all of a part are, the next part is the answer.
      if (nodes.length > 0 || rows.length === 0) return nodes;
      last = rows[rows.length - 1]!.id;
    }
  }

  /** Registrations are written in order. If one fails, those before it stay and those after it are not tried. */
  async register(principal: Principal, registrations: readonly Registration[], call?: Call): Promise<readonly Node[]> {
    requireScopes(principal, ['write:metadata', 'create:node', 'register']);
    const tops: Node[] = [];
    for (const group of groupRegistrations(registrations)) tops.push(...(await this.registerGroup(group, call)));
    return tops;
  }

  async remove(principal: Principal, path: NodePath, call?: Call): Promise<void> {
    requireScopes(principal, ['delete:node']);
    await this.database.transaction(async (queries) => {
      const { row, depth } = await findDeepest(queries, path, call);
      if (depth < path.length) throw noSuchEntry(path);
      if (row.id === rootId) throw new TesseraError('unsupported', 'The root cannot be removed. Remove what is in it.');
      if (row.inside_file) throw insideFile(path);
      await appendToOutbox(queries, 'node.removed.v1', await removeSubtree(queries, row.id, call), call);
    }, call);
    this.onCommit();
  }

  async registeredSources(principal: Principal, uriPrefix: string, call?: Call): Promise<readonly RegisteredSource[]> {
    requireScopes(principal, ['read:metadata']);
    return sourcesBelow(this.database, uriPrefix, call);
  }

  /** Several small subtrees share one commit; if any fails, each is tried by itself. */
  private async registerGroup(group: readonly Registration[], call: Call | undefined): Promise<readonly Node[]> {
    try {
      return await this.registerTogether(group, call);
    } catch (error) {
      checkCall(call);
      if (group.length === 1) throw error;
    }
    const tops: Node[] = [];
    for (const registration of group) tops.push(...(await this.registerTogether([registration], call)));
    return tops;
  }

  private async registerTogether(group: readonly Registration[], call: Call | undefined): Promise<readonly Node[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        const tops = await this.database.transaction((queries) => registerSubtrees(queries, group, call), call);
        this.onCommit();
        return tops;
      } catch (error) {
        // Another transaction took the place between the look and the insert: look again.
        if (sqlStateOf(error) !== placeTaken || attempt >= registerAttempts) throw error;
      }
    }
  }

  private async container(path: NodePath, call: Call | undefined): Promise<NodeRow> {
    const { row, depth } = await findDeepest(this.database, path, call);
    if (depth < path.length && row.problem !== null) throw new TesseraError('gone', row.problem);
    if (depth < path.length) throw noSuchEntry(path);
    if (row.family !== 'container') throw new TesseraError('not_found', `/${path.join('/')} is not a container: it has no children.`, { path });
    if (row.problem !== null) throw new TesseraError('gone', row.problem);
    return row;
  }

  private async fill(row: NodeRow, path: NodePath, options: ResolveOptions, call: Call | undefined): Promise<Node> {
    const extras = await this.extrasOf([row], options, true, call);
    return { ...toNode(row, path), ...extras(row) };
  }

  private async withPaths(rows: readonly NodeRow[], options: ResolveOptions, call: Call | undefined): Promise<readonly Node[]> {
    // Siblings share the path of their parent: it is walked once.
    const paths = await pathsOf(this.database, [...new Set(rows.map((row) => row.parent_id ?? row.id))], call);
    const extras = await this.extrasOf(rows, options, true, call);
    return rows.flatMap((row) => {
      const above = paths.get(row.parent_id ?? row.id);
      if (!above) return [];
      return [{ ...toNode(row, row.parent_id === null ? above : [...above, row.key]), ...extras(row) }];
    });
  }

  /** Data sources and numbers of children of all the rows: a query each. */
  private async extrasOf(rows: readonly NodeRow[], options: ResolveOptions, exact: boolean, call: Call | undefined): Promise<(row: NodeRow) => Partial<Node>> {
    const containers = options.withChildCount ? rows.filter((row) => row.family === 'container').map((row) => row.id) : [];
    const [counts, sources] = await Promise.all([
      countChildren(this.database, containers, exact, false, call),
      options.withDataSources ? dataSourcesOf(this.database, rows.map((row) => row.id), call) : new Map<number, readonly DataSource[]>(),
    ]);
    return (row) => ({
      ...(counts.has(row.id) ? { childCount: counts.get(row.id)! } : {}),
      ...(options.withDataSources ? { dataSources: sources.get(row.id) ?? [] } : {}),
    });
  }
}

function hasColumn(row: NodeRow, column: string): boolean {
  return row.family === 'table' && ((row.structure as { columns?: readonly string[] } | null)?.columns ?? []).includes(column);
}
