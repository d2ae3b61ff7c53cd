import type { JsonObject, Node } from '@tessera/domain';

/**
 * The `.zattrs` document of a node: its metadata. Nodes that follow xarray's convention keep
 * their attributes under `attrs`; they are published flat, with the names of the axes where
 * xarray looks for them (xarray's "Zarr encoding specification").
 */
export function zattrsDocument(node: Node): JsonObject {
  const attributes = publishedAttributes(node);
  const dims = node.structure.family === 'array' ? node.structure.array.dims : node.structure.family === 'sparse' ? node.structure.sparse.dims : undefined;
  return dims && !('_ARRAY_DIMENSIONS' in attributes) ? { ...attributes, _ARRAY_DIMENSIONS: dims } : attributes;
}

export function followsXarray(node: Node): boolean {
  return node.specs.some((spec) => spec.name.startsWith('xarray_'));
}

/** The attributes of a node, without the names of its axes. */
export function publishedAttributes(node: Node): JsonObject {
  const attrs = node.metadata['attrs'];
  return followsXarray(node) && isObject(attrs) ? attrs : node.metadata;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
