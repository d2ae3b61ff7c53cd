import { formatScalarType, isStruct, type DataType } from '@tessera/domain';
import { publishedFields, publishedType } from './published-type.ts';

/** The `dtype` of `.zarray`: a string, or a list of `[name, string]`. */
export type DtypeV2 = string | readonly (readonly [string, string])[];

/** The data type as Zarr v2 names it (Zarr v2 specification, "Data type encoding"). */
export function dtypeV2(dataType: DataType): DtypeV2 {
  const published = publishedType(dataType);
  if (!isStruct(published)) return formatScalarType(published);
  return publishedFields(published.fields).map((field) => [field.name, formatScalarType(field.dataType)] as const);
}
