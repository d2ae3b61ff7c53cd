import { migrate, planPage, sqlStateOf, toPage, type Database, type Queries } from '@tessera/database';
import {
  checkQuery, requireScopes, servicePrincipal, TesseraError,
  type Call, type Catalog, type EventBus, type FindRequest, type Page, type Principal, type Query, type Search, type Subscription,
} from '@tessera/domain';
import { sql } from 'kysely';
import { countDocuments, dropMarks, findDocuments } from './documents.sql.ts';
import { Feed } from './feed.ts';
import { queryToSql } from './query-to-sql.ts';
import { searchMigrations } from './search-migrations.ts';
import { readState, type SearchState } from './state.sql.ts';

const listed = { id: sql`d.node_id`, key: sql`d.key`, metadata: sql`d.metadata` };

const group = 'search';
/** Longer than any event waits in a bus that works. */
const markLifetime = '1 day';
const statementStopped = '57014';
const defaultPatternTimeoutMs = 5_000;

export interface SearchOptions {
  /** Told of failures that are tried again by themselves. */
  readonly onFailure?: (error: unknown) => void;
  /** Time for a search with a pattern, whose cost cannot be foreseen as that of other conditions can; default 5 s. PostgreSQL only. */
  readonly patternTimeoutMs?: number;
}

/** An index of its own over the catalog's metadata; it follows the catalog by events, and asks it for the state. */
export class SearchService implements Search {
  private readonly database: Database;
  private readonly feed: Feed;
  private readonly patternTimeoutMs: number;
  private subscription: Subscription | undefined;

  constructor(database: Database, catalog: Catalog, options: SearchOptions = {}) {
    this.database = database;
    this.patternTimeoutMs = options.patternTimeoutMs ?? defaultPatternTimeoutMs;
    this.feed = new Feed(database, catalog, servicePrincipal('search', ['read:metadata']), options.onFailure ?? (() => undefined));
  }

  /** Brings the schema up to date and opens the index. */
  static async open(database: Database, catalog: Catalog, options?: SearchOptions): Promise<SearchService> {
    await migrate(database, 'search', searchMigrations);
    return new SearchService(database, catalog, options);
  }

  /** Follows the bus, and fills in what is missing meanwhile: an empty index, or nodes it never heard of. */
  async start(bus: EventBus): Promise<void> {
    await dropMarks(this.database, markLifetime);
    this.subscription = await bus.subscribe(group, (event) => this.feed.take(event));
    this.feed.catchUp();
  }

  /** When what `start` began to fill in is there; for those who must see a whole index. */
  caughtUp(): Promise<void> {
    return this.feed.caughtUp();
  }

  async close(): Promise<void> {
    await this.subscription?.close();
    await this.feed.close();
  }

  async find(principal: Principal, request: FindRequest, call?: Call): Promise<Page<number>> {
    requireScopes(principal, ['read:metadata']);
    checkQuery(request.query);
    const plan = planPage(request.page, request.sort, listed);
    const condition = queryToSql(request.query);
    return this.withinTime(request.query, async (queries) => {
      const rows = await findDocuments(queries, request.parentId, condition, plan, call);
      const isAll = plan.offset === 0 && request.page.cursor === undefined && rows.length <= plan.limit;
      const count = isAll ? rows.length : await countDocuments(queries, request.parentId, condition, request.exactCount ?? false, call);
      return toPage(plan, rows, count, (row) => row.id);
    }, call);
  }

  status(call?: Call): Promise<SearchState> {
    return readState(this.database, call);
  }

  rebuild(call?: Call): Promise<void> {
    return this.feed.rebuild(call);
  }

  /** A search that takes too long is the question's fault: it must not be asked again as it is. */
  private async withinTime<Result>(query: Query, run: (queries: Queries) => Promise<Result>, call: Call | undefined): Promise<Result> {
    try {
      if (this.database.embedded || !hasPattern(query)) return await run(this.database);
      return await this.database.transaction(async (queries) => {
        await queries.rows(sql`set local statement_timeout = ${sql.lit(this.patternTimeoutMs)}`);
        return run(queries);
      }, call);
    } catch (error) {
      if (sqlStateOf(error) !== statementStopped) throw error;
      throw new TesseraError('too_large', 'The search took too long and was stopped. Use a simpler pattern, or search in a smaller container.', {}, { cause: error });
    }
  }
}

function hasPattern(query: Query): boolean {
  if (query.op === 'and' || query.op === 'or') return query.queries.some(hasPattern);
  return query.op === 'not' ? hasPattern(query.query) : query.op === 'regex' || query.op === 'like';
}
