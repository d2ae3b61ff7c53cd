import { fieldByteLength, isStruct, type DataType, type ScalarType, type StructField } from '@tessera/domain';

/**
 * A data type as clients of Zarr have it. What NumPy has beyond it (floats of 16 bytes, and complex
 * numbers of such) is raw bytes. A type of no bytes at all, which clients refuse, has one: an array
 * of it has no chunks, so that its fill value is all there is.
 */
export function publishedType(dataType: DataType): DataType {
  if (dataType.itemsize === 0) return emptyType(dataType);
  if (isStruct(dataType)) return dataType;
  return isBeyondZarr(dataType) ? rawType(dataType.itemsize) : dataType;
}

function emptyType(dataType: DataType): ScalarType {
  if (dataType.kind === 'U') return { ...(dataType as ScalarType), itemsize: 4 };
  return dataType.kind === 'S' ? { ...(dataType as ScalarType), itemsize: 1 } : rawType(1);
}

function isBeyondZarr({ kind, itemsize }: ScalarType): boolean {
  return (kind === 'f' && itemsize === 16) || (kind === 'c' && itemsize === 32);
}

export function rawType(itemsize: number): ScalarType {
  return { kind: 'V', itemsize, endianness: 'not_applicable' };
}

/** A field as one of a plain type, or as raw bytes; those of no bytes are left out. */
export interface PublishedField {
  readonly name: string;
  readonly dataType: ScalarType;
}

/** Fields with sub-arrays or fields of their own are raw bytes: zarr-python refuses a whole group for one of them. NumPy's `view` turns them back. */
export function publishedFields(fields: readonly StructField[]): PublishedField[] {
  return fields.filter((field) => fieldByteLength(field) > 0).map((field) => {
    const isPlain = !isStruct(field.dataType) && field.shape === undefined;
    return { name: field.name, dataType: isPlain ? publishedType(field.dataType) as ScalarType : rawType(fieldByteLength(field)) };
  });
}
