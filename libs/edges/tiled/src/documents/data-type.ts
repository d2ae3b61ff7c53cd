import { isStruct, type DataType } from '@tessera/domain';

/** A data type on the wire; `fields` tells a struct from a scalar. */
export type DataTypeDocument = ScalarTypeDocument | StructTypeDocument;

export interface ScalarTypeDocument {
  readonly endianness: 'little' | 'big' | 'not_applicable';
  readonly kind: string;
  readonly itemsize: number;
  readonly dt_units: string | null;
}

export interface StructTypeDocument {
  readonly itemsize: number;
  readonly fields: readonly { readonly name: string; readonly dtype: DataTypeDocument; readonly shape: readonly number[] | null }[];
}

export function dataTypeDocument(type: DataType): DataTypeDocument {
  if (!isStruct(type)) {
    return { endianness: type.endianness, kind: type.kind, itemsize: type.itemsize, dt_units: type.units ? type.units : null };
  }
  return {
    itemsize: type.itemsize,
    fields: type.fields.map(({ name, dataType, shape }) => ({ name, dtype: dataTypeDocument(dataType), shape: shape ?? null })),
  };
}
