import { formatNodePath, TesseraError, type Call, type Principal, type Resolved } from '@tessera/domain';
import { isZarrArray, isZarrGroup, type PublishedArrays } from './published-arrays.ts';
import type { ZarrObject } from './zarr-object.ts';

/**
 * The URLs of what lies in a group, as links for clients that walk.
 * @param storeUrl URL of the root of the store
 * @throws TesseraError not_found for an array: it is no directory.
 */
export function groupListing(arrays: PublishedArrays, principal: Principal, resolved: Resolved, storeUrl: string, call: Call): ZarrObject {
  if (!isZarrGroup(resolved)) throw new TesseraError('not_found', 'This is not a group: ask for its metadata document or a chunk.');
  return { kind: 'listing', urls: urlsOf(arrays, principal, resolved, storeUrl, call) };
}

async function* urlsOf(arrays: PublishedArrays, principal: Principal, group: Resolved, storeUrl: string, call: Call): AsyncGenerator<string> {
  for await (const child of arrays.children(principal, group, call)) {
    if (!isZarrArray(child) && !isZarrGroup(child)) continue;
    yield `${storeUrl}/${formatNodePath(child.column === undefined ? child.node.path : [...child.node.path, child.column])}`;
  }
}
