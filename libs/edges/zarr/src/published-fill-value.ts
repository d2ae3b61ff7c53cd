import type { ArrayLayout, Json, Resolved } from '@tessera/domain';
import { fillValueV2, type FillValue } from './fill-value.ts';
import { followsXarray, publishedAttributes } from './zattrs.ts';

/**
 * What `.zarray` says of chunks that were never written. xarray takes a fill value there for the
 * attribute `_FillValue`, which marks values as missing (xarray's "Zarr encoding specification").
 * Variables that are to be read so have one only if it is that of their attribute; with null
 * every chunk must be there.
 */
export function fillValueOf({ node, column }: Resolved, { dataType, fillValue }: ArrayLayout): FillValue {
  const value = fillValueV2(dataType, fillValue);
  if (column !== undefined || !followsXarray(node)) return value;
  const attribute = publishedAttributes(node)['_FillValue'];
  return attribute !== undefined && isSame(attribute, value) ? value : null;
}

/** Metadata has null in place of NaN, and the digits of what a number cannot hold. */
function isSame(attribute: Json, value: FillValue): boolean {
  if (typeof value === 'object' && value !== null && 'rawJSON' in value) {
    return Number.isInteger(attribute) ? BigInt(attribute as number) === BigInt(value.rawJSON) : attribute === value.rawJSON;
  }
  return attribute === (value === 'NaN' ? null : value);
}
