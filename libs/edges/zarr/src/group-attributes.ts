import type { Call, JsonObject, Principal, Resolved } from '@tessera/domain';
import { publishedAttributes } from './attributes.ts';
import type { PublishedArrays } from './published-arrays.ts';
import type { ZarrView } from './zarr-view.ts';

/** Data sets of more variables than this do not say which of them are coordinates. */
const maxVariables = 1000;

/**
 * The attributes of a group. Those of a data set say which of its variables are coordinates besides
 * those of axes, as xarray writes it (`coordinates` of the group; CF conventions, section 5).
 */
export async function groupAttributes(arrays: PublishedArrays<ZarrView>, principal: Principal, resolved: Resolved, call: Call): Promise<JsonObject> {
  const attributes = publishedAttributes(resolved.node);
  const isDataset = resolved.node.specs.some(({ name }) => name === 'xarray_dataset');
  if (!isDataset || 'coordinates' in attributes) return attributes;
  const names = await coordinateNames(arrays, principal, resolved, call);
  return names.length === 0 ? attributes : { ...attributes, coordinates: names.join(' ') };
}

/** Coordinates that no axis is named after and no variable names itself. */
async function coordinateNames(arrays: PublishedArrays<ZarrView>, principal: Principal, dataset: Resolved, call: Call): Promise<string[]> {
  const coordinates: string[] = [];
  const mentioned = new Set<string>();
  let variableCount = 0;
  for await (const { node } of arrays.children(principal, dataset, call)) {
    if (++variableCount > maxVariables) return [];
    if (node.structure.family !== 'array') continue;
    const name = node.path.at(-1)!;
    const own = publishedAttributes(node)['coordinates'];
    for (const each of typeof own === 'string' ? own.split(/\s+/) : []) mentioned.add(each);
    const isOfAxis = node.structure.array.dims?.length === 1 && node.structure.array.dims[0] === name;
    // The list is separated by spaces.
    if (!isOfAxis && !/\s/.test(name) && node.specs.some((spec) => spec.name === 'xarray_coord')) coordinates.push(name);
  }
  return coordinates.filter((name) => !mentioned.has(name));
}
