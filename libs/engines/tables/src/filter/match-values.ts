// Comparison of all values of a column with a literal, in loops over its buffers. Missing values get any answer.
import { bitWidth } from '@tessera/arrow';
import type { ComparisonOperator } from '@tessera/domain';
import { Type, type Data, type DataType, type Int } from 'apache-arrow';
import type { BoundCondition, Literal } from './bind-filter.ts';
import { comparabilityOf } from './literal.ts';
import { compareByteValues, findByteValues } from './match-bytes.ts';
import { matchByOrder, type Order } from './match-order.ts';
import { isTrue } from './truth.ts';

type Comparison = Extract<BoundCondition, { kind: 'compare' | 'in' }>;

/** Up to so many values are compared one by one; more are looked up. */
const maxCompared = 4;

/** Writes `isTrue` for the rows whose value fits; the others stay as they are, 0. */
export function matchValues(condition: Comparison, data: Data, truth: Uint8Array): void {
  if (condition.kind === 'compare') return compareValues(data, condition.type, condition.op, condition.value, truth);
  if (condition.values.length <= maxCompared) {
    for (const value of condition.values) compareValues(data, condition.type, 'eq', value, truth);
    return;
  }
  if (comparabilityOf(condition.type) === 'bytes') findByteValues(data, condition.values as readonly Uint8Array[], truth);
  else findNumbers(data, condition.type, condition.values as readonly (bigint | number)[], truth);
}

function compareValues(data: Data, type: DataType, op: ComparisonOperator, value: Literal, truth: Uint8Array): void {
  if (value instanceof Uint8Array) return compareByteValues(data, op, value, truth);
  if (typeof value === 'number') return compareNumbers(floatsOf(data), op, value, truth);
  const narrow = narrowIntegers(data, type);
  // Such integers are exact as doubles, and so is the comparison with a larger one.
  if (narrow) return compareNumbers(narrow, op, Number(value), truth);
  compareWide(data, type, op, value, truth);
}

function compareNumbers(values: ArrayLike<number>, op: ComparisonOperator, value: number, truth: Uint8Array): void {
  const { length } = truth;
  switch (op) {
    case 'eq': for (let row = 0; row < length; row++) if (values[row] === value) truth[row] = isTrue; return;
    case 'ne': for (let row = 0; row < length; row++) if (values[row] !== value) truth[row] = isTrue; return;
    case 'lt': for (let row = 0; row < length; row++) if (values[row]! < value) truth[row] = isTrue; return;
    case 'le': for (let row = 0; row < length; row++) if (values[row]! <= value) truth[row] = isTrue; return;
    case 'gt': for (let row = 0; row < length; row++) if (values[row]! > value) truth[row] = isTrue; return;
    case 'ge': for (let row = 0; row < length; row++) if (values[row]! >= value) truth[row] = isTrue; return;
  }
}

function floatsOf(data: Data): ArrayLike<number> {
  const { values } = data as { values: unknown };
  if (!(values instanceof Uint16Array)) return values as Float64Array;
  return Float64Array.from({ length: data.length }, (_, row) => halfValue(values[row]!));
}

/** IEEE 754 binary16. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Integers of up to 32 bits, and booleans as 0 and 1; undefined for wider ones. */
function narrowIntegers(data: Data, type: DataType): ArrayLike<number> | undefined {
  const values = data.values as Uint8Array;
  if (type.typeId === Type.Bool) return Uint8Array.from({ length: data.length }, (_, row) => (values[(data.offset + row) >> 3]! >> ((data.offset + row) & 7)) & 1);
  if (type.typeId === Type.Int && bitWidth(type) <= 32) return values;
  return bitWidth(type) === 32 ? new Int32Array(values.buffer, values.byteOffset, data.length) : undefined;
}

/** Integers of 64 bits and more, by words of 32: the highest decides, by its sign too. */
function compareWide(data: Data, type: DataType, op: ComparisonOperator, value: bigint, truth: Uint8Array): void {
  const width = bitWidth(type);
  const isSigned = type.typeId !== Type.Int || (type as Int).isSigned;
  const [min, max] = isSigned ? [-(1n << BigInt(width - 1)), (1n << BigInt(width - 1)) - 1n] : [0n, (1n << BigInt(width)) - 1n];
  if (value < min || value > max) {
    const isAbove = value > max;
    if (op === 'ne' || (isAbove ? op === 'lt' || op === 'le' : op === 'gt' || op === 'ge')) truth.fill(isTrue);
    return;
  }
  const order = width === 64 ? order64(data, value, isSigned) : orderWide(data, value, width / 32);
  matchByOrder(op, order, truth);
}

function order64(data: Data, value: bigint, isSigned: boolean): Order {
  const { buffer, byteOffset } = data.values as Uint8Array;
  const low = new Uint32Array(buffer, byteOffset, data.length * 2);
  const high = isSigned ? new Int32Array(buffer, byteOffset, data.length * 2) : low;
  const valueLow = Number(BigInt.asUintN(32, value));
  const valueHigh = isSigned ? Number(BigInt.asIntN(32, value >> 32n)) : Number(value >> 32n);
  return (row) => {
    const difference = high[row * 2 + 1]! - valueHigh;
    return difference === 0 ? low[row * 2]! - valueLow : difference;
  };
}

function orderWide(data: Data, value: bigint, wordCount: number): Order {
  const { buffer, byteOffset } = data.values as Uint8Array;
  const words = new Uint32Array(buffer, byteOffset, data.length * wordCount);
  const signed = new Int32Array(buffer, byteOffset, data.length * wordCount);
  const wanted = Array.from({ length: wordCount }, (_, word) => Number(BigInt.asUintN(32, value >> BigInt(32 * word))));
  const top = wordCount - 1;
  const wantedTop = wanted[top]! | 0;
  return (row) => {
    let difference = signed[row * wordCount + top]! - wantedTop;
    for (let word = top - 1; difference === 0 && word >= 0; word--) difference = words[row * wordCount + word]! - wanted[word]!;
    return difference;
  };
}

function findNumbers(data: Data, type: DataType, wanted: readonly (bigint | number)[], truth: Uint8Array): void {
  const isFloat = comparabilityOf(type) === 'float';
  const numbers = isFloat ? floatsOf(data) : narrowIntegers(data, type);
  if (numbers) {
    const known = new Set(wanted.map(Number));
    // A set has NaN equal itself, and -0 equal 0.
    known.delete(NaN);
    for (let row = 0; row < truth.length; row++) if (known.has(numbers[row]!)) truth[row] = isTrue;
    return;
  }
  const known = new Set(wanted);
  const valueOf = wideValues(data, type);
  for (let row = 0; row < truth.length; row++) if (known.has(valueOf(row))) truth[row] = isTrue;
}

function wideValues(data: Data, type: DataType): (row: number) => bigint {
  const { buffer, byteOffset } = data.values as Uint8Array;
  const width = bitWidth(type);
  if (width === 64) {
    const isUnsigned = type.typeId === Type.Int && !(type as Int).isSigned;
    const values = isUnsigned ? new BigUint64Array(buffer, byteOffset, data.length) : new BigInt64Array(buffer, byteOffset, data.length);
    return (row) => values[row]!;
  }
  const wordCount = width / 64;
  const words = new BigUint64Array(buffer, byteOffset, data.length * wordCount);
  return (row) => {
    let value = 0n;
    for (let word = wordCount - 1; word >= 0; word--) value = (value << 64n) | words[row * wordCount + word]!;
    return BigInt.asIntN(width, value);
  };
}
