import type { JsonObject, Node, NodePath, Spec, Structure, StructureFamily } from '@tessera/domain';
import { sql } from 'kysely';

/** A row of `catalog.nodes` as `nodeColumns` selects it. */
export interface NodeRow {
  readonly id: number;
  readonly parent_id: number | null;
  readonly key: string;
  readonly family: StructureFamily;
  readonly structure: unknown;
  readonly metadata: JsonObject;
  readonly specs: readonly Spec[];
  readonly manifest_id: string | null;
  readonly problem: string | null;
  readonly inside_file: boolean;
  readonly revision: number;
}

/** Of the table under the alias `n`. */
export const nodeColumns = sql`n.id, n.parent_id, n.key, n.family, n.structure, n.metadata, n.specs, n.manifest_id, n.problem, n.inside_file, n.revision`;

/** Id of the root: a row like any other, made by the first migration. */
export const rootId = 0;

export function toNode(row: NodeRow, path: NodePath): Node {
  return {
    id: row.id,
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    path,
    structure: toStructure(row.family, row.structure),
    metadata: row.metadata,
    specs: row.specs,
    ...(row.manifest_id === null ? {} : { manifestId: row.manifest_id }),
    ...(row.problem === null ? {} : { problem: row.problem }),
    insideFile: row.inside_file,
    revision: row.revision,
  };
}

/** The part of a structure that its family names, as the column `structure` holds it; null for families without. */
export function structureBody(structure: Structure): unknown {
  return (structure as unknown as Record<string, unknown>)[structure.family] ?? null;
}

function toStructure(family: StructureFamily, body: unknown): Structure {
  return (body === null ? { family } : { family, [family]: body }) as Structure;
}
