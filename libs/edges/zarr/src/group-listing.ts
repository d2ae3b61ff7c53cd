import { formatNodePath, TesseraError, type Call, type Principal, type Resolved } from '@tessera/domain';
import { isZarrArray, isZarrGroup, type PublishedArrays } from './published-arrays.ts';
import type { ZarrObject } from './zarr-object.ts';
import type { ZarrView } from './zarr-view.ts';

/**
 * The names of what lies in a group, for clients that walk.
 * @param storeUrl URL of the root of the store
 * @throws TesseraError not_found for an array: it is no directory.
 */
export function groupListing(arrays: PublishedArrays<ZarrView>, principal: Principal, resolved: Resolved, storeUrl: string, call: Call): ZarrObject {
  if (!isZarrGroup(resolved)) throw new TesseraError('not_found', 'This is not a group: ask for its metadata document or a chunk.');
  const path = formatNodePath(resolved.node.path);
  return { kind: 'listing', url: path === '' ? storeUrl : `${storeUrl}/${path}`, keys: keysOf(arrays, principal, resolved, call) };
}

async function* keysOf(arrays: PublishedArrays<ZarrView>, principal: Principal, group: Resolved, call: Call): AsyncGenerator<string> {
  for await (const child of arrays.children(principal, group, call)) {
    if (isZarrArray(child) || isZarrGroup(child)) yield child.column ?? child.node.path.at(-1)!;
  }
}
