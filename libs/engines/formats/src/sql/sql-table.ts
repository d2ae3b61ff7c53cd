import type { IndexedNode, NodePath, Partition, Source } from '@tessera/domain';
import { encodeSchemaMessage, type Schema, type SqlEngine } from '@tessera/arrow';

/** A column: what is selected for it. */
export interface SelectedColumn {
  readonly field: Schema['fields'][number];
  /** SQL that gives its values in the form of its type. */
  readonly expression: string;
}

/** Rows of a table that are read together; absent bounds are open. */
export interface RowKeys {
  readonly rowCount: number;
  /** First key, as text: it may be beyond 2^53. */
  readonly from?: string;
  /** The key after the last. */
  readonly to?: string;
}

/** A table or view as it was found. */
export interface FoundRelation {
  readonly schema: Schema;
  readonly expressions: readonly string[];
  /** What stands behind FROM. */
  readonly relation: string;
  /** The expression that rows are found and ordered by; absent for what has none. */
  readonly rowKey?: string;
  readonly parts: readonly RowKeys[];
}

/** A table of a database as a node. */
export function sqlTableNode(path: NodePath, engine: SqlEngine, found: FoundRelation, source: Source): IndexedNode {
  const { schema, expressions, relation, rowKey, parts } = found;
  const message = encodeSchemaMessage(schema);
  const partitions = parts.map(({ rowCount, ...keys }): Partition => ({ uri: source.uri, byteOffset: 0, byteLength: source.byteLength ?? 0, rowCount, detail: keys }));
  const table = {
    arrowSchema: Buffer.from(message).toString('base64'),
    columns: schema.fields.map((field) => field.name),
    partitionCount: partitions.length,
    rowCount: parts.reduce((sum, { rowCount }) => sum + rowCount, 0),
  };
  const configuration = { engine, relation, expressions, ...(rowKey === undefined ? {} : { rowKey }) };
  return {
    path, metadata: {}, specs: [{ name: 'dataframe' }], structure: { family: 'table', table },
    manifest: { kind: 'table', schema: message, partitions, decoder: { name: 'sql', configuration }, sources: [source] },
  };
}
