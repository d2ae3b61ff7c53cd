// Tables and queries of databases that the configuration names. Nothing else of a database can be read, and where it is and who
// reads it stays in here: nodes and manifests have the name of the source alone.
import { TesseraError } from '@tessera/domain';
import type { SqlEngine } from './sql-messages.ts';

export interface SqlSource {
  readonly connection: { readonly engine: 'postgres'; readonly url: string } | { readonly engine: SqlEngine; readonly path: string };
  /** What stands behind FROM: a table, or a query in parentheses with a name. */
  readonly relation: string;
  /** What stands behind ORDER BY; absent = in no order. */
  readonly order?: string;
}

let sources: ReadonlyMap<string, SqlSource> = new Map();

/** The sources of this process, by name. Called once, before anything is served. */
export function setSqlSources(configured: ReadonlyMap<string, SqlSource>): void {
  sources = configured;
}

/** The source that a URI `sql:name` names. @throws TesseraError gone if the configuration has none. */
export function sqlSource(uri: string): SqlSource {
  const source = sources.get(decodeURIComponent(uri.slice('sql:'.length)));
  if (!source) throw new TesseraError('gone', 'The configuration of this server does not name the source of this table any more.');
  return source;
}
