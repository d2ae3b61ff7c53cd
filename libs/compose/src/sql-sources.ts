import { quoteIdentifier, type SqlSource } from '@tessera/arrow';
import type { Entry, VersionedByteStore } from '@tessera/domain';
import type { Config } from './config.ts';

/** URI of a configured table; its path in the tree is its name. */
export function sqlSourceUri(path: string): string {
  return `sql:${encodeURIComponent(path)}`;
}

/** The tables and queries of the configuration, by path. */
export function sqlSourcesOf({ sql: { connections, tables } }: Config): Map<string, SqlSource> {
  return new Map(Object.entries(tables).map(([path, { connection, table, query, orderBy }]): [string, SqlSource] => {
    const relation = table === undefined ? `(${query!.trim().replace(/;$/, '')}\n) AS query` : table.split('.').map(quoteIdentifier).join('.');
    return [path, { connection: connectionOf(connections[connection]!), relation, ...(orderBy.length === 0 ? {} : { order: orderBy.map(quoteIdentifier).join(', ') }) }];
  }));
}

function connectionOf(url: string): SqlSource['connection'] {
  for (const engine of ['sqlite', 'duckdb'] as const) if (url.startsWith(`${engine}:`)) return { engine, path: url.slice(engine.length + 1).replace(/^\/+/, '/') };
  return { engine: 'postgres', url };
}

/** What the tables of the configuration are files in: there is one of each name, and no bytes. */
export function sqlStore(config: Config): VersionedByteStore {
  const uris = new Set(Object.keys(config.sql.tables).map(sqlSourceUri));
  const none = async () => undefined;
  return {
    // Nothing tells whether rows are what they were: whoever looks finds others, and asks the database.
    stat: async (uri): Promise<Entry | undefined> => (uris.has(uri) ? { uri, isDirectory: false, modifiedAtMs: Date.now() } : undefined),
    read: none,
    readSnapshot: none,
    list: async function* () { /* no folders */ },
  };
}
