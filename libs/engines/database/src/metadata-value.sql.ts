import type { MetadataPath } from '@tessera/domain';
import { sql, type RawBuilder } from 'kysely';

/**
 * The jsonb value at a metadata path; SQL NULL if a key is missing. Steps go through objects only: `->` with
 * a text key gives NULL on a list, where `#>` would take "0" for a position.
 */
export function metadataValue(metadata: RawBuilder<unknown>, path: MetadataPath): RawBuilder<unknown> {
  return path.reduce<RawBuilder<unknown>>((value, key) => sql`(${value} -> ${key}::text)`, metadata);
}
