import type { Queries } from '@tessera/database';
import type { Asset, Call, DataSource, JsonObject, RegisteredSource } from '@tessera/domain';
import { sql } from 'kysely';
import { pathsOf } from './nodes.sql.ts';

interface SourceRow {
  readonly node_id: number;
  readonly id: number;
  readonly media_type: string;
  readonly parameters: JsonObject;
  readonly properties: JsonObject;
  readonly management: DataSource['management'];
  readonly asset_id: number | null;
  readonly uri: string;
  readonly is_directory: boolean;
  readonly byte_length: number | null;
  readonly parameter: string | null;
  readonly ordinal: number | null;
}

/** Data sources, with their assets, of all these nodes in one query. */
export async function dataSourcesOf(queries: Queries, nodeIds: readonly number[], call?: Call): Promise<ReadonlyMap<number, readonly DataSource[]>> {
  const byNode = new Map<number, DataSource[]>();
  if (nodeIds.length === 0) return byNode;
  const rows = await queries.rows(sql<SourceRow>`
    select d.node_id, d.id, d.media_type, d.parameters, d.properties, d.management,
      a.id as asset_id, a.uri, a.is_directory, l.byte_length, l.parameter, l.ordinal
    from catalog.data_sources d
    left join catalog.data_source_assets l on l.data_source_id = d.id
    left join catalog.assets a on a.id = l.asset_id
    where d.node_id = any(${nodeIds}::bigint[])
    order by d.node_id, d.id, l.position`, call);
  for (const row of rows) addTo(byNode, row);
  return byNode;
}

function addTo(byNode: Map<number, DataSource[]>, row: SourceRow): void {
  const sources = byNode.get(row.node_id) ?? [];
  byNode.set(row.node_id, sources);
  let source = sources.find((candidate) => candidate.id === row.id);
  if (!source) {
    source = { id: row.id, mediaType: row.media_type, parameters: row.parameters, properties: row.properties, management: row.management, assets: [] };
    sources.push(source);
  }
  if (row.asset_id !== null) (source.assets as Asset[]).push(toAsset(row, row.asset_id));
}

function toAsset(row: SourceRow, id: number): Asset {
  return {
    id,
    uri: row.uri,
    isDirectory: row.is_directory,
    ...(row.byte_length === null ? {} : { byteLength: row.byte_length }),
    ...(row.parameter === null ? {} : { parameter: row.parameter }),
    ...(row.ordinal === null ? {} : { ordinal: row.ordinal }),
  };
}

interface RegisteredRow {
  readonly node_id: number;
  readonly uri: string;
  readonly byte_length: number | null;
  readonly modified_at_ms: number | null;
  readonly etag: string | null;
}

/** What is registered of the file or folder `uri`, or below it: a range of the index on URIs. */
export async function sourcesBelow(queries: Queries, uri: string, call?: Call): Promise<readonly RegisteredSource[]> {
  const folder = uri.endsWith('/') ? uri : `${uri}/`;
  const rows = await queries.rows(sql<RegisteredRow>`
    select d.node_id, a.uri, l.byte_length, l.modified_at_ms, l.etag
    from catalog.assets a
    join catalog.data_source_assets l on l.asset_id = a.id
    join catalog.data_sources d on d.id = l.data_source_id
    where a.uri = ${uri}::text or (a.uri >= ${folder}::text and a.uri < ${folder}::text || chr(1114111))
    order by a.uri, d.node_id, l.position`, call);
  const paths = await pathsOf(queries, [...new Set(rows.map((row) => row.node_id))], call);
  return rows.flatMap((row) => {
    const path = paths.get(row.node_id);
    return path ? [toRegistered(row, path)] : [];
  });
}

function toRegistered(row: RegisteredRow, path: RegisteredSource['path']): RegisteredSource {
  return {
    uri: row.uri,
    path,
    ...(row.byte_length === null ? {} : { byteLength: row.byte_length }),
    ...(row.modified_at_ms === null ? {} : { modifiedAtMs: row.modified_at_ms }),
    ...(row.etag === null ? {} : { etag: row.etag }),
  };
}
