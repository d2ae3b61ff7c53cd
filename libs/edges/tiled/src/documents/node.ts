import type { ArrayStructure, DataSource, JsonObject, Node, NodePath, Spec, Structure } from '@tessera/domain';
import { arrayLinks, nodeLinks, selfLink } from './links.ts';
import { arrayStructureDocument, structureDocument } from './structure.ts';

export const nodeFields = ['metadata', 'structure_family', 'structure', 'count', 'sorting', 'specs', 'data_sources', '', 'access_blob'] as const;
export type NodeField = (typeof nodeFields)[number];

/** What of a node is wanted. */
export interface NodeView {
  readonly fields: ReadonlySet<NodeField>;
  /** Replaces the metadata by a part of them. */
  readonly selectMetadata?: (metadata: JsonObject) => JsonObject;
  readonly omitLinks: boolean;
  readonly includeDataSources: boolean;
}

/** One node on the wire. Every attribute is there; null = it has none, or it was not asked for. */
export interface NodeDocument {
  readonly id: string;
  readonly attributes: Record<string, unknown>;
  readonly links: Record<string, string> | null;
  readonly meta: null;
}

const noAttributes = { structure_family: null, specs: null, metadata: null, structure: null, access_blob: null, sorting: null, data_sources: null };

/** Whether only keys are wanted (`fields=`). */
export function isKeysOnly(view: Pick<NodeView, 'fields'>): boolean {
  return [...view.fields].every((field) => field === '');
}

/** A node, with its children in place if they are given. */
export function nodeDocument(base: string, node: Node, view: NodeView, contents: Record<string, NodeDocument> | null = null): NodeDocument {
  const { structure } = node;
  if (isKeysOnly(view)) return listedKey(base, node.path, view);
  const isContainer = structure.family === 'container';
  const { fields } = view;
  const wantsStructure = fields.has('structure') || (isContainer && fields.has('count'));
  return {
    id: node.path.at(-1) ?? '',
    attributes: {
      ancestors: node.path.slice(0, -1),
      structure_family: isContainer || fields.has('structure_family') ? structure.family : null,
      specs: fields.has('specs') ? node.specs.map(specDocument) : null,
      metadata: fields.has('metadata') ? selected(node.metadata, view) : null,
      structure: !wantsStructure ? null : isContainer ? { contents, count: node.childCount ?? 0 } : structureDocument(structure),
      access_blob: fields.has('access_blob') ? {} : null,
      sorting: isContainer && fields.has('sorting') ? defaultSorting(contents) : null,
      data_sources: view.includeDataSources ? (node.dataSources ?? []).map((source) => dataSourceDocument(source, structure)) : null,
    },
    links: view.omitLinks ? null : nodeLinks(base, node.path, structure),
    meta: null,
  };
}

/** Clients take children that stand in the document only if they are said to be in the order named `_`. */
function defaultSorting(contents: object | null): object[] {
  return [{ key: contents === null ? '' : '_', direction: 1 }];
}

/** A column of a table, which is an array of its own. `path` leads to the column. */
export function columnDocument(base: string, path: NodePath, array: ArrayStructure, view: NodeView): NodeDocument {
  if (isKeysOnly(view)) return listedKey(base, path, view);
  const { fields } = view;
  return {
    id: path.at(-1)!,
    attributes: {
      ancestors: path.slice(0, -1),
      structure_family: fields.has('structure_family') ? 'array' : null,
      specs: fields.has('specs') ? [] : null,
      metadata: fields.has('metadata') ? selected({}, view) : null,
      structure: fields.has('structure') ? arrayStructureDocument(array) : null,
      access_blob: fields.has('access_blob') ? {} : null,
      sorting: null,
      data_sources: null,
    },
    links: view.omitLinks ? null : arrayLinks(base, path, array.shape.length),
    meta: null,
  };
}

function listedKey(base: string, path: NodePath, view: NodeView): NodeDocument {
  return {
    id: path.at(-1) ?? '',
    attributes: { ancestors: path.slice(0, -1), ...noAttributes },
    links: view.omitLinks ? null : selfLink(base, path),
    meta: null,
  };
}

const selected = (metadata: JsonObject, view: NodeView) => (view.selectMetadata ? view.selectMetadata(metadata) : metadata);

const specDocument = ({ name, version }: Spec) => ({ name, version: version ?? null });

function dataSourceDocument(source: DataSource, structure: Structure): object {
  return {
    id: source.id,
    structure_family: structure.family,
    structure: structure.family === 'container' ? { contents: null, count: 0 } : structureDocument(structure),
    mimetype: source.mediaType,
    parameters: source.parameters,
    properties: source.properties,
    assets: source.assets.map((asset) => ({
      data_uri: asset.uri,
      is_directory: asset.isDirectory,
      size: asset.byteLength ?? null,
      parameter: asset.parameter ?? null,
      num: asset.ordinal ?? null,
      id: asset.id,
    })),
    management: source.management,
  };
}
