import type { ArrayLayout, Json, JsonObject, Node, Resolved } from '@tessera/domain';
import { fillAttributeV3 } from './fill-attribute-v3.ts';

/** Rows of a table, as the columns share them. */
const rowAxis = ['row'];

export function followsXarray(node: Node): boolean {
  return node.specs.some((spec) => spec.name.startsWith('xarray_'));
}

/**
 * The attributes of a node, without the names of its axes. Nodes that follow xarray's convention
 * keep theirs under `attrs`; they are published flat.
 */
export function publishedAttributes(node: Node): JsonObject {
  const attrs = node.metadata['attrs'];
  return followsXarray(node) && isObject(attrs) ? attrs : node.metadata;
}

/** Names of the axes of an array, if they have any. */
export function axisNamesOf({ node, column }: Resolved): readonly string[] | undefined {
  if (column !== undefined) return rowAxis;
  return node.structure.family === 'array' ? node.structure.array.dims : node.structure.family === 'sparse' ? node.structure.sparse.dims : undefined;
}

/** The `.zattrs` of an array, with the names of its axes where xarray looks for them (xarray's "Zarr encoding specification"). */
export function arrayAttributesV2(resolved: Resolved): JsonObject {
  const attributes = attributesOfArray(resolved);
  const dims = axisNamesOf(resolved);
  return dims ? { ...attributes, _ARRAY_DIMENSIONS: dims } : attributes;
}

/** The attributes in the zarr.json of an array, where the names of axes stand beside them, and marks of missing values as xarray writes them. */
export function arrayAttributesV3(resolved: Resolved, layout: ArrayLayout): JsonObject {
  const { _ARRAY_DIMENSIONS: dimsOfV2, _FillValue: mark, ...attributes } = attributesOfArray(resolved);
  const kept = dimsOfV2 === undefined || axisNamesOf(resolved) ? attributes : { ...attributes, _ARRAY_DIMENSIONS: dimsOfV2 };
  const encoded = mark === undefined ? undefined : fillAttributeV3(mark, layout.dataType);
  return encoded === undefined ? kept : { ...kept, _FillValue: encoded as Json };
}

function attributesOfArray({ node, column }: Resolved): JsonObject {
  return column === undefined ? publishedAttributes(node) : {};
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
