import type { ArrayLayout, Json, Resolved } from '@tessera/domain';
import { publishedAttributes } from './attributes.ts';
import { fillValueJson, type FillValue } from './fill-value-json.ts';
import { publishedType } from './published-type.ts';

/**
 * What `.zarray` says of chunks that were never written. xarray takes a fill value there for the
 * attribute `_FillValue`, which marks values as missing (xarray's "Zarr encoding specification"): zeros
 * that were measured would be gone. So an array has one only if it is that of its attribute, or NaN,
 * which is missing anyhow; with null every chunk must be there.
 */
export function fillValueV2({ node, column }: Resolved, { dataType, fillValue }: ArrayLayout): FillValue {
  const type = publishedType(dataType);
  const value = fillValueJson(type, fillValue?.byteLength === type.itemsize ? fillValue : undefined);
  // Of a type without bytes the fill value is all there is.
  if (value === 'NaN' || dataType.itemsize === 0) return value;
  const attribute = column === undefined ? publishedAttributes(node)['_FillValue'] : undefined;
  return attribute !== undefined && isSame(attribute, value) ? value : null;
}

/** Metadata has the digits of what a number cannot hold. */
function isSame(attribute: Json, value: FillValue): boolean {
  if (typeof value !== 'object' || value === null || !('rawJSON' in value)) return attribute === value;
  if (!Number.isInteger(attribute)) return attribute === value.rawJSON;
  return value.rawJSON === '-0.0' ? attribute === 0 : BigInt(attribute as number) === BigInt(value.rawJSON);
}
