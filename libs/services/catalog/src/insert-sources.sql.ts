import type { Queries } from '@tessera/database';
import type { Call, DataSourceDraft } from '@tessera/domain';
import { sql } from 'kysely';
import { jsonBatches, type PlacedNode } from './insert-nodes.sql.ts';
import { storedJson } from './plan-registration.ts';

interface PlacedSource {
  readonly id: number;
  readonly nodeId: number;
  readonly draft: DataSourceDraft;
}

/** Writes the data sources of new nodes, and the assets that are not there yet. */
export async function insertSources(queries: Queries, nodes: readonly PlacedNode[], call?: Call): Promise<void> {
  const described = nodes.filter((node) => node.planned.draft.dataSource !== undefined);
  if (described.length === 0) return;
  const ids = await queries.rows(sql<{ id: number }>`
    select nextval('catalog.data_sources_id_seq') as id from generate_series(1, ${described.length}::int)`, call);
  const sources = described.map((node, index) => ({ id: ids[index]!.id, nodeId: node.id, draft: node.planned.draft.dataSource! }));
  for (const batch of jsonBatches(sources, sourceJson)) {
    await queries.rows(sql`
      insert into catalog.data_sources (id, node_id, media_type, parameters, properties, management)
      select * from json_to_recordset(${batch}::json) as t (id bigint, node_id bigint, media_type text, parameters jsonb, properties jsonb, management text)`, call);
  }
  await insertLinks(queries, sources.flatMap(({ id, draft }) => linksOf(id, draft)), call);
}

/** A file of a data source, as a row. */
export interface Link {
  readonly data_source_id: number;
  readonly position: number;
  readonly uri: string;
  readonly is_directory: boolean;
  readonly parameter: string | null;
  readonly ordinal: number | null;
  readonly byte_length: number | null;
  readonly modified_at_ms: number | null;
  readonly etag: string | null;
}

export function linksOf(dataSourceId: number, { assets }: DataSourceDraft): readonly Link[] {
  return assets.map((asset, position) => ({
    data_source_id: dataSourceId, position, uri: asset.uri, is_directory: asset.isDirectory, parameter: asset.parameter ?? null, ordinal: asset.ordinal ?? null,
    byte_length: asset.byteLength ?? null, modified_at_ms: asset.modifiedAtMs ?? null, etag: asset.etag ?? null,
  }));
}

function sourceJson({ id, nodeId, draft }: PlacedSource): string {
  const { mediaType, management } = draft;
  const plain = JSON.stringify({ id, node_id: nodeId, media_type: mediaType, management }).slice(0, -1);
  return `${plain},"parameters":${storedJson(draft.parameters ?? {}, [])},"properties":${storedJson(draft.properties ?? {}, [])}}`;
}

/** Writes the files of data sources, and those assets that are not there yet. */
export async function insertLinks(queries: Queries, links: readonly Link[], call?: Call): Promise<void> {
  for (const batch of jsonBatches(links, (link) => JSON.stringify(link))) {
    // In order of URI, so that two transactions with the same files wait for each other instead of locking up.
    await queries.rows(sql`
      insert into catalog.assets (uri, is_directory)
      select uri, bool_or(is_directory) from json_to_recordset(${batch}::json) as t (uri text, is_directory boolean)
      group by uri order by uri collate "C"
      on conflict (uri) do update set is_directory = excluded.is_directory`, call);
    await queries.rows(sql`
      insert into catalog.data_source_assets (data_source_id, position, asset_id, parameter, ordinal, byte_length, modified_at_ms, etag)
      select t.data_source_id, t.position, a.id, t.parameter, t.ordinal, t.byte_length, t.modified_at_ms, t.etag
      from json_to_recordset(${batch}::json) as t (data_source_id bigint, position int, uri text, parameter text, ordinal int,
        byte_length bigint, modified_at_ms double precision, etag text)
      join catalog.assets a on a.uri = t.uri`, call);
  }
}
