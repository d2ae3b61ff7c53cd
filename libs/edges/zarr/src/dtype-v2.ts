import { fieldByteLength, formatScalarType, isStruct, type DataType } from '@tessera/domain';

/** The `dtype` of `.zarray`: a string, or a list of `[name, string]`. */
export type DtypeV2 = string | readonly (readonly [string, string])[];

/**
 * The data type as Zarr v2 clients can read it (Zarr v2 specification, "Data type encoding").
 * The specification also allows fields with sub-arrays and fields that are structs, but
 * zarr-python refuses a whole group for one of them: they are published as raw bytes, which
 * `view` turns back.
 */
export function dtypeV2(dataType: DataType): DtypeV2 {
  if (!isStruct(dataType)) return formatScalarType(dataType);
  return dataType.fields.map((field) => {
    const isPlain = !isStruct(field.dataType) && field.shape === undefined;
    return [field.name, isPlain ? dtypeV2(field.dataType) as string : `|V${fieldByteLength(field)}`] as const;
  });
}
