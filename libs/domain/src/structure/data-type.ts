import { TesseraError } from '../errors/tessera-error.ts';

/**
 * NumPy's data types as values (NumPy reference, "Data type objects").
 * `kind` is numpy's one-letter kind; `itemsize` is always in bytes, for `U`
 * four bytes a character (UCS-4), NUL padded.
 */
export interface ScalarType {
  readonly kind: 'b' | 'i' | 'u' | 'f' | 'c' | 'm' | 'M' | 'S' | 'U' | 'V';
  readonly itemsize: number;
  readonly endianness: 'little' | 'big' | 'not_applicable';
  /** Of `m` and `M` only: unit with an optional multiplier in numpy's brackets, e.g. `[ns]`, `[10ms]`. */
  readonly units?: string;
}

/** One field of a struct. `shape` is that of a sub-array, absent for a scalar field. */
export interface StructField {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape?: readonly number[];
}

/** A struct whose fields lie one after the other without padding; `itemsize` is their sum. */
export interface StructType {
  readonly kind: 'struct';
  readonly itemsize: number;
  readonly fields: readonly StructField[];
}

export type DataType = ScalarType | StructType;

export function isStruct(dataType: DataType): dataType is StructType {
  return dataType.kind === 'struct';
}

/** Bytes of one field, sub-array included. */
export function fieldByteLength(field: StructField): number {
  return (field.shape ?? []).reduce((product, length) => product * length, field.dataType.itemsize);
}

/** A packed struct of `fields`. */
export function structType(fields: readonly StructField[]): StructType {
  return { kind: 'struct', fields, itemsize: fields.reduce((sum, field) => sum + fieldByteLength(field), 0) };
}

/** Sizes that numpy has, in bytes; kinds that are not here have any size. */
const sizesByKind: Partial<Record<ScalarType['kind'], readonly number[]>> = {
  b: [1], i: [1, 2, 4, 8], u: [1, 2, 4, 8], f: [2, 4, 8, 16], c: [8, 16, 32], m: [8], M: [8],
};

const scalarPattern = /^([<>|=]?)([biufcmMSUV])(\d*)(\[\d*[A-Za-zμ]+\])?$/;

/**
 * Reads numpy's array-protocol string, e.g. `<f8`, `|S5`, `>U3`, `<M8[ns]`, `|b1`.
 * @throws TesseraError invalid_argument if it is not one.
 */
export function parseScalarType(text: string): ScalarType {
  const match = scalarPattern.exec(text);
  if (!match) throw new TesseraError('invalid_argument', `"${text}" is not a NumPy data type string such as "<f8".`);
  const kind = match[2] as ScalarType['kind'];
  // Only times, strings and raw bytes may leave out their length: numpy then takes 8, and 0.
  const count = match[3] !== '' ? Number(match[3]) : 'mM'.includes(kind) ? 8 : 0;
  const itemsize = kind === 'U' ? count * 4 : count;
  const sizes = sizesByKind[kind];
  if ((sizes && !sizes.includes(itemsize)) || !Number.isSafeInteger(itemsize) || (match[4] !== undefined && !'mM'.includes(kind))) {
    throw new TesseraError('invalid_argument', `"${text}" is not a NumPy data type: there is no such size or unit.`);
  }
  const ordered = itemsize > 1 && !'SVb'.includes(kind);
  const endianness = !ordered && kind !== 'U' ? 'not_applicable' : match[1] === '>' ? 'big' : 'little';
  const type: ScalarType = { kind, itemsize, endianness };
  if (kind !== 'm' && kind !== 'M') return type;
  return { ...type, units: match[4] ?? '' };
}

/** numpy's array-protocol string of a scalar type: byte order, kind, size, units. */
export function formatScalarType(type: ScalarType): string {
  const order = type.endianness === 'little' ? '<' : type.endianness === 'big' ? '>' : '|';
  const size = type.kind === 'U' ? type.itemsize / 4 : type.itemsize;
  return `${order}${type.kind}${size}${type.units ?? ''}`;
}

/** numpy's `descr`: a string, or for structs a list of `[name, type]` or `[name, type, shape]`. */
export type NumpyDescr = string | readonly NumpyFieldDescr[];
export type NumpyFieldDescr = readonly [string, NumpyDescr] | readonly [string, NumpyDescr, readonly number[]];

export function formatDescr(type: DataType): NumpyDescr {
  if (!isStruct(type)) return formatScalarType(type);
  return type.fields.map((field) =>
    field.shape ? [field.name, formatDescr(field.dataType), field.shape] : [field.name, formatDescr(field.dataType)],
  );
}

/** The inverse of `formatDescr`. @throws TesseraError invalid_argument. */
export function parseDescr(descr: NumpyDescr): DataType {
  if (typeof descr === 'string') return parseScalarType(descr);
  return structType(
    descr.map(([name, type, shape]) => ({ name, dataType: parseDescr(type), ...(shape ? { shape } : {}) })),
  );
}

/** Whether two types describe the same bytes. */
export function sameDataType(a: DataType, b: DataType): boolean {
  return JSON.stringify(formatDescr(a)) === JSON.stringify(formatDescr(b));
}
