import { isStruct, type DataType, type ScalarType } from '@tessera/domain';
import { publishedFields, publishedType } from './published-type.ts';

/** A name, or one with parameters. */
export type NamedV3 = string | { readonly name: string; readonly configuration: Readonly<Record<string, unknown>> };

const numberNames: Readonly<Record<string, string>> = {
  b1: 'bool', i1: 'int8', i2: 'int16', i4: 'int32', i8: 'int64', u1: 'uint8', u2: 'uint16', u4: 'uint32', u8: 'uint64',
  f2: 'float16', f4: 'float32', f8: 'float64', c8: 'complex64', c16: 'complex128',
};

/** Texts and octets that are stored with a length of their own each, by NumPy's kind of what they are served as. */
const variableLengthNames: Readonly<Record<string, string>> = { U: 'string', S: 'variable_length_bytes' };

/**
 * The `data_type` of zarr.json: of the core specification, or as zarr-python 3 names what is not in it.
 * Byte order is no part of it, but of the `bytes` codec.
 * @param isVariableLength whether texts are published as they are stored, with a length each
 */
export function dataTypeV3(dataType: DataType, isVariableLength = false): NamedV3 {
  const published = publishedType(dataType);
  if (!isStruct(published)) return scalarTypeV3(published, isVariableLength);
  const fields = publishedFields(published.fields).map((field) => [field.name, scalarTypeV3(field.dataType, false)]);
  return { name: 'structured', configuration: { fields } };
}

function scalarTypeV3({ kind, itemsize, units }: ScalarType, isVariableLength: boolean): NamedV3 {
  if (isVariableLength) return variableLengthNames[kind]!;
  switch (kind) {
    case 'U':
      return { name: 'fixed_length_utf32', configuration: { length_bytes: itemsize } };
    case 'S':
      return { name: 'null_terminated_bytes', configuration: { length_bytes: itemsize } };
    case 'V':
      return { name: 'raw_bytes', configuration: { length_bytes: itemsize } };
    case 'M':
      return { name: 'numpy.datetime64', configuration: timeUnits(units) };
    case 'm':
      return { name: 'numpy.timedelta64', configuration: timeUnits(units) };
    default:
      return numberNames[`${kind}${itemsize}`]!;
  }
}

/** NumPy's `[10ms]` in parts. */
function timeUnits(units: string | undefined): { unit: string; scale_factor: number } {
  const match = /^\[(\d*)(.+)\]$/.exec(units ?? '');
  if (!match) return { unit: 'generic', scale_factor: 1 };
  return { unit: match[2]!, scale_factor: match[1] === '' ? 1 : Number(match[1]) };
}
