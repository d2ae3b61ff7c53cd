// A data source of many files that is replaced by nearly the same one: a series that grew. What stays is not written again.
import type { Queries } from '@tessera/database';
import type { Call, DataSourceDraft } from '@tessera/domain';
import { sql } from 'kysely';
import { insertLinks, linksOf, type Link } from './insert-sources.sql.ts';
import { storedJson } from './plan-registration.ts';
import { removeUnused } from './remove-nodes.sql.ts';

/** Fewer files are written anew as fast. */
const minAssetCount = 256;

/** Makes the data source of a node what the draft says, if it has one of many files. Returns whether it did. */
export async function updateSource(queries: Queries, nodeId: number, draft: DataSourceDraft | undefined, call?: Call): Promise<boolean> {
  if (!draft || draft.assets.length < minAssetCount) return false;
  const sources = await queries.rows(sql<{ id: number }>`select id from catalog.data_sources where node_id = ${nodeId}::bigint for update`, call);
  if (sources.length !== 1) return false;
  const { id } = sources[0]!;
  await queries.rows(sql`
    update catalog.data_sources set media_type = ${draft.mediaType}, parameters = ${storedJson(draft.parameters ?? {}, [])}::jsonb,
      properties = ${storedJson(draft.properties ?? {}, [])}::jsonb, management = ${draft.management}
    where id = ${id}::bigint`, call);
  const before = await queries.rows(sql<Link>`
    select l.data_source_id, l.position, a.uri, a.is_directory, l.parameter, l.ordinal, l.byte_length, l.modified_at_ms, l.etag
    from catalog.data_source_assets l join catalog.assets a on a.id = l.asset_id
    where l.data_source_id = ${id}::bigint`, call);
  const known = new Map(before.map((link) => [link.position, link]));
  const changed = linksOf(id, draft).filter((link) => !isSame(link, known.get(link.position)));
  const removed = await queries.rows(sql<{ asset_id: number }>`
    delete from catalog.data_source_assets where data_source_id = ${id}::bigint
      and (position >= ${draft.assets.length}::int or position = any(${changed.map(({ position }) => position)}::int[])) returning asset_id`, call);
  await insertLinks(queries, changed, call);
  await removeUnused(queries, removed.map((row) => row.asset_id), call);
  return true;
}

function isSame(link: Link, other: Link | undefined): boolean {
  return other !== undefined && (Object.keys(link) as (keyof Link)[]).every((key) => link[key] === other[key]);
}
