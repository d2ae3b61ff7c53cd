import { TesseraError, isStruct, parseScalarType, type DataType, type ScalarType } from '@tessera/domain';

/** Reads and writes single numbers of a scalar type in a DataView; 8-byte integers as bigint. */
export interface ElementAccess {
  readonly itemsize: number;
  get(view: DataView, byteOffset: number): number | bigint;
  /** Integers wrap as in C. */
  set(view: DataView, byteOffset: number, value: number | bigint): void;
}

type Getter = (byteOffset: number, littleEndian: boolean) => number | bigint;
type Setter = (byteOffset: number, value: never, littleEndian: boolean) => void;

const methods: Readonly<Record<string, string>> = {
  b1: 'Uint8', u1: 'Uint8', u2: 'Uint16', u4: 'Uint32', u8: 'BigUint64',
  i1: 'Int8', i2: 'Int16', i4: 'Int32', i8: 'BigInt64', m8: 'BigInt64', M8: 'BigInt64',
  f4: 'Float32', f8: 'Float64',
};

/** @throws TesseraError unsupported if elements of the type are not single numbers. */
export function elementAccess(dataType: DataType): ElementAccess {
  const method = isStruct(dataType) ? undefined : methods[`${dataType.kind}${dataType.itemsize}`];
  if (method === undefined) throw new TesseraError('unsupported', 'A codec of these data works on numbers, but their data type is not a number.');
  const littleEndian = (dataType as ScalarType).endianness !== 'big';
  const access = DataView.prototype as unknown as Record<string, unknown>;
  const getter = access[`get${method}`] as Getter;
  const setter = access[`set${method}`] as Setter;
  const big = method.startsWith('Big');
  return {
    itemsize: dataType.itemsize,
    get: (view, byteOffset) => getter.call(view, byteOffset, littleEndian),
    set: (view, byteOffset, value) => setter.call(view, byteOffset, (big ? BigInt(value) : Number(value)) as never, littleEndian),
  };
}

/** A data type named in a codec's configuration. @throws TesseraError invalid_argument. */
export function configuredType(configuration: Readonly<Record<string, unknown>>, key: string, fallback?: DataType): DataType {
  const value = configuration[key];
  if (typeof value === 'string') return parseScalarType(value);
  if (fallback !== undefined && (value === undefined || value === null)) return fallback;
  throw new TesseraError('invalid_argument', `The "${key}" of a codec must be a data type such as "<f4", not ${JSON.stringify(value)}.`);
}

/** Applies `convert` to every element: bytes of `from` in, bytes of `to` out. A torn last element is an error of the pipeline's length check. */
export function mapElements(bytes: Uint8Array, from: ElementAccess, to: ElementAccess, convert: (value: number | bigint) => number | bigint): Uint8Array {
  const count = Math.floor(bytes.byteLength / from.itemsize);
  const result = new Uint8Array(count * to.itemsize);
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const target = new DataView(result.buffer);
  for (let index = 0; index < count; index++) to.set(target, index * to.itemsize, convert(from.get(source, index * from.itemsize)));
  return result;
}

/** A number as an integer type takes it: towards zero; not-a-number is 0. */
export function toInteger(value: number | bigint, type: DataType): number | bigint {
  if (typeof value === 'bigint' || isStruct(type) || type.kind === 'f') return value;
  const whole = Math.trunc(value);
  return Number.isFinite(whole) ? whole : 0;
}
