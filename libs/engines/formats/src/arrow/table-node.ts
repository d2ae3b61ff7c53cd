import type { DataSourceDraft, Entry, IndexedNode, Source, TableManifest } from '@tessera/domain';
import { encodeSchemaMessage, type Schema } from '@tessera/arrow';

/** What a table format found out about its file. */
export interface FoundTable {
  readonly schema: Schema;
  /** Encapsulated schema message, if the file has one itself. */
  readonly schemaMessage?: Uint8Array;
  readonly partitions: TableManifest['partitions'];
  readonly decoder: TableManifest['decoder'];
  readonly mediaType: string;
}

/** The one node of a table file. */
export function tableNode(entry: Entry, found: FoundTable): IndexedNode {
  const schema = found.schemaMessage ?? encodeSchemaMessage(found.schema);
  const { partitions, decoder } = found;
  const source = sourceOf(entry);
  const dataSource: DataSourceDraft = { mediaType: found.mediaType, management: 'external', assets: [{ ...source, isDirectory: false, parameter: 'data_uris', ordinal: 0 }] };
  return {
    path: [],
    metadata: {},
    specs: [{ name: 'dataframe' }],
    structure: {
      family: 'table',
      table: {
        arrowSchema: Buffer.from(schema).toString('base64'),
        columns: found.schema.fields.map((field) => field.name),
        partitionCount: partitions.length,
        rowCount: partitions.reduce((sum, partition) => sum + partition.rowCount, 0),
      },
    },
    manifest: { kind: 'table', schema, partitions, decoder, sources: [source] },
    dataSource,
  };
}

function sourceOf({ uri, byteLength, modifiedAtMs, etag }: Entry): Source {
  return {
    uri,
    ...(byteLength === undefined ? {} : { byteLength }),
    ...(modifiedAtMs === undefined ? {} : { modifiedAtMs }),
    ...(etag === undefined ? {} : { etag }),
  };
}

/** Whether the last suffix of a file's name is one of these, in any case. */
export function hasSuffix(entry: Entry, suffixes: readonly string[]): boolean {
  if (entry.isDirectory) return false;
  const name = entry.uri.slice(entry.uri.lastIndexOf('/') + 1).toLowerCase();
  return suffixes.some((suffix) => name.endsWith(suffix));
}
