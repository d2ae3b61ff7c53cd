import { parseScalarType, structType, type DataType, type StructField } from '@tessera/domain';
import { unknownType } from '../data-type-checks.ts';

const fixedTypes: Readonly<Record<string, string>> = {
  bool: 'b1', int8: 'i1', int16: 'i2', int32: 'i4', int64: 'i8', uint8: 'u1', uint16: 'u2', uint32: 'u4', uint64: 'u8',
  float16: 'f2', float32: 'f4', float64: 'f8', complex64: 'c8', complex128: 'c16',
  complex_float32: 'c8', complex_float64: 'c16',
};

const itemByteLimit = 2 ** 31;

/** Names of types whose values have no fixed length, and numpy's kind that they are served as. */
export const variableLengthTypes: Readonly<Record<string, 'U' | 'S'>> = {
  string: 'U', 'numpy.variable_length_utf8': 'U', variable_length_utf8: 'U', bytes: 'S', variable_length_bytes: 'S',
};

/**
 * The data type of a Zarr v3 array (core specification and zarr-extensions, "data-types").
 * v3 types have no byte order; that of the `bytes` codec
 * is one of storage. Values are served little-endian.
 * @throws TesseraError gone for a type that has no counterpart in numpy.
 */
export function parseDataTypeV3(found: unknown): DataType {
  if (typeof found === 'string') return parseNamed(found);
  const { name, configuration } = (found ?? {}) as { name?: unknown; configuration?: unknown };
  if (typeof name !== 'string') throw unknownType(found);
  const options = (typeof configuration === 'object' && configuration !== null ? configuration : {}) as Record<string, unknown>;
  const byteLength = options['length_bytes'];
  switch (name) {
    case 'fixed_length_utf32':
      return parseScalarType(`<U${checkLength(byteLength, found, 4) / 4}`);
    case 'null_terminated_bytes':
      return { kind: 'S', itemsize: checkLength(byteLength, found), endianness: 'not_applicable' };
    case 'raw_bytes':
      return { kind: 'V', itemsize: checkLength(byteLength, found), endianness: 'not_applicable' };
    case 'numpy.datetime64':
      return parseScalarType(`<M8${parseUnits(options, found)}`);
    case 'numpy.timedelta64':
      return parseScalarType(`<m8${parseUnits(options, found)}`);
    case 'struct': case 'structured':
      return parseStruct(options['fields'], found);
    default:
      return parseNamed(name);
  }
}

function parseNamed(name: string): DataType {
  const fixed = fixedTypes[name];
  if (fixed) return parseScalarType(`<${fixed}`);
  // "r24": raw bits, a whole number of bytes.
  const bits = /^r(\d{1,10})$/.exec(name)?.[1];
  if (bits === undefined || Number(bits) % 8 !== 0) throw unknownType(name);
  return { kind: 'V', itemsize: checkLength(Number(bits) / 8, name), endianness: 'not_applicable' };
}

function parseStruct(fields: unknown, found: unknown): DataType {
  if (!Array.isArray(fields) || fields.length === 0) throw unknownType(found);
  return structType(fields.map((field: unknown): StructField => {
    const [name, type] = Array.isArray(field) ? (field as unknown[]) : [(field as { name?: unknown } | null)?.name, (field as { data_type?: unknown } | null)?.data_type];
    if (typeof name !== 'string') throw unknownType(found);
    return { name, dataType: parseDataTypeV3(type) };
  }));
}

function parseUnits({ unit, scale_factor: scale = 1 }: Record<string, unknown>, found: unknown): string {
  if (unit === 'generic') return '';
  if (typeof unit !== 'string' || !/^(?:Y|M|W|D|h|m|s|ms|us|μs|ns|ps|fs|as)$/.test(unit) || !Number.isSafeInteger(scale) || (scale as number) < 1) throw unknownType(found);
  return `[${scale === 1 ? '' : String(scale)}${unit === 'μs' ? 'us' : unit}]`;
}

function checkLength(value: unknown, found: unknown, multipleOf = 1): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= itemByteLimit && (value as number) % multipleOf === 0) return value as number;
  throw unknownType(found);
}
