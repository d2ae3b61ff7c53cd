// SQLite and DuckDB files: containers of their tables and views.
import { isTesseraError, sourceOf, TesseraError, type ByteStore, type Call, type Entry, type Format, type IndexedNode, type Source } from '@tessera/domain';
import { databaseFile, type SqlEngine } from '@tessera/arrow';
import type { Database } from './ask-database.ts';
import { describeDuckdb, listDuckdb } from './describe-duckdb.ts';
import { describeSqlite, listSqlite, type Relation } from './describe-sqlite.ts';
import { sqlTableNode, type FoundRelation } from './sql-table.ts';

const maxRelationCount = 10_000;

interface Kind {
  readonly engine: SqlEngine;
  readonly mediaTypes: readonly string[];
  readonly suffixes: readonly string[];
  /** What a file begins with, and where. */
  readonly signature: { readonly byteOffset: number; readonly text: string };
  list(database: Database, call?: Call): Promise<Relation[]>;
  describe(database: Database, relation: Relation, call?: Call): Promise<FoundRelation>;
}

export const sqliteFormat = databaseFormat({
  engine: 'sqlite', mediaTypes: ['application/vnd.sqlite3', 'application/x-sqlite3'], suffixes: ['.sqlite', '.sqlite3'],
  signature: { byteOffset: 0, text: 'SQLite format 3\0' }, list: listSqlite, describe: describeSqlite,
});

export const duckdbFormat = databaseFormat({
  engine: 'duckdb', mediaTypes: ['application/x-duckdb'], suffixes: ['.duckdb', '.ddb'],
  signature: { byteOffset: 8, text: 'DUCK' }, list: listDuckdb, describe: describeDuckdb,
});

function databaseFormat({ engine, mediaTypes, suffixes, signature, list, describe }: Kind): Format {
  return {
    name: engine, mediaTypes, suffixes,
    sniff: ({ isDirectory }, head) => !isDirectory && Buffer.from(head).toString('latin1', signature.byteOffset, signature.byteOffset + signature.text.length) === signature.text,
    async *index(entry: Entry, store: ByteStore, _parameters, call?: Call): AsyncGenerator<IndexedNode> {
      const known = entry.byteLength === undefined ? await store.stat(entry.uri, call) : entry;
      if (known?.byteLength === undefined) throw new TesseraError('gone', 'The file is not there.');
      const source = sourceOf(known);
      const database = await databaseFile(engine, entry.uri, store, call);
      const relations = await list(database, call);
      if (relations.length > maxRelationCount) throw new TesseraError('unsupported', `The database has more than ${maxRelationCount} tables.`);
      yield { ...containerAt([]), dataSource: { mediaType: mediaTypes[0]!, management: 'external', assets: [{ ...source, isDirectory: false, parameter: 'data_uri' }] } };
      const paths = pathsOf(relations);
      for (const schema of new Set(paths.filter((path) => path.length === 2).map(([key]) => key!))) yield containerAt([schema]);
      for (const [index, relation] of relations.entries()) yield await tableNode(paths[index]!, () => describe(database, relation, call), engine, source);
    },
  };
}

const containerAt = (path: readonly string[]): IndexedNode => ({ path, structure: { family: 'container' }, metadata: {}, specs: [] });

/** Keys by name; tables of other schemas than the first are in containers of their own. What has the key of another gets a number. */
function pathsOf(relations: readonly Relation[]): string[][] {
  const taken = new Set(relations.flatMap(({ schema }) => (schema === undefined || schema === 'main' ? [] : [keyOf(schema)])));
  return relations.map(({ schema, name }) => {
    const above = schema === undefined || schema === 'main' ? [] : [keyOf(schema)];
    let path = [...above, keyOf(name)];
    for (let number = 2; taken.has(path.join('/')); number++) path = [...above, `${keyOf(name)}_${number}`];
    taken.add(path.join('/'));
    return path;
  });
}

const keyOf = (name: string) => name.replaceAll('/', '_') || '_';

/** A table or view that cannot be read has its place among the others. */
async function tableNode(path: readonly string[], describe: () => Promise<FoundRelation>, engine: SqlEngine, source: Source): Promise<IndexedNode> {
  try {
    return sqlTableNode(path, engine, await describe(), source);
  } catch (error) {
    if (!isTesseraError(error, 'gone') && !isTesseraError(error, 'unsupported') && !isTesseraError(error, 'unavailable')) throw error;
    return { ...containerAt(path), problem: error.message };
  }
}
