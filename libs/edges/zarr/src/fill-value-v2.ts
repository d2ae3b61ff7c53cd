import type { ArrayLayout, Json, Resolved } from '@tessera/domain';
import { followsXarray, publishedAttributes } from './attributes.ts';
import { fillValueJson, type FillValue } from './fill-value-json.ts';
import { publishedType } from './published-type.ts';

/**
 * What `.zarray` says of chunks that were never written. xarray takes a fill value there for the
 * attribute `_FillValue`, which marks values as missing (xarray's "Zarr encoding specification").
 * Variables that are to be read so have one only if it is that of their attribute; with null
 * every chunk must be there.
 */
export function fillValueV2({ node, column }: Resolved, { dataType, fillValue }: ArrayLayout): FillValue {
  const type = publishedType(dataType);
  const value = fillValueJson(type, fillValue?.byteLength === type.itemsize ? fillValue : undefined);
  // Of a type without bytes the fill value is all there is.
  if (column !== undefined || !followsXarray(node) || dataType.itemsize === 0) return value;
  const attribute = publishedAttributes(node)['_FillValue'];
  return attribute !== undefined && isSame(attribute, value) ? value : null;
}

/** Metadata has null in place of NaN, and the digits of what a number cannot hold. */
function isSame(attribute: Json, value: FillValue): boolean {
  if (typeof value !== 'object' || value === null || !('rawJSON' in value)) return attribute === (value === 'NaN' ? null : value);
  if (!Number.isInteger(attribute)) return attribute === value.rawJSON;
  return value.rawJSON === '-0.0' ? attribute === 0 : BigInt(attribute as number) === BigInt(value.rawJSON);
}
