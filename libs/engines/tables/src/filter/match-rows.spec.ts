import { takeRows } from '@tessera/arrow';
import type { TableFilter } from '@tessera/domain';
import {
  Binary, Bool, DateDay, DateMillisecond, Decimal, Dictionary, DurationMillisecond, Field, FixedSizeBinary, FixedSizeList, Float16, Float32, Float64, Int16, Int32, Int64, Int8, LargeUtf8, List, Null,
  RecordBatch, Schema, Struct, TimeMicrosecond, TimeSecond, TimestampNanosecond, TimestampSecond, Uint32, Uint64, Uint8, Utf8, Vector, makeData, vectorFromArray, type DataType,
} from 'apache-arrow';
import fc from 'fast-check';
import { bindFilter } from './bind-filter.ts';
import { matchRows } from './match-rows.ts';

type Value = string | number | bigint | boolean | null;
/** A column of plain values; `ordered` is what the naive oracle compares, `literal` what a filter says. */
interface Kind {
  readonly type: DataType;
  readonly value: fc.Arbitrary<Value>;
  /** Arrow's vector of the values. */
  readonly vector?: (values: readonly Value[]) => Vector;
  readonly ordered?: (value: Exclude<Value, null>) => number | bigint | string;
  readonly literal?: (value: Exclude<Value, null>) => string | number | boolean;
}

const integers = (bits: number, signed: boolean) => fc.bigInt(signed ? { min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n } : { min: 0n, max: 2n ** BigInt(bits) - 1n });
const few = (all: fc.Arbitrary<Value>, ...some: Value[]) => fc.oneof(all, fc.constantFrom(...some));
const asText = (value: unknown) => String(value);
const narrow = (type: DataType, bits: number, signed: boolean): Kind => ({ type, value: few(integers(bits, signed).map(Number), 0, 1), literal: (value) => value as number });
const wide = (type: DataType, signed: boolean): Kind => ({ type, value: few(integers(64, signed), 0n, 1n, 2n ** 40n), literal: asText });
const utf8 = (value: Value) => Buffer.from(value as string, 'utf8').toString('latin1');
const isoOf = (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10);

const digits = (value: bigint, scale: number) => {
  const text = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${text.slice(0, -scale)}.${text.slice(-scale)}`;
};
const decimal = (bitWidth: 128 | 256): Kind => ({
  type: new Decimal(2, bitWidth === 128 ? 38 : 76, bitWidth),
  value: few(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), 0n, -1n, 1n, 2n ** 64n, -(2n ** 64n)),
  vector: (values) => {
    const words = new BigUint64Array(values.length * (bitWidth / 64));
    values.forEach((value, row) => {
      for (let word = 0; word < bitWidth / 64; word++) words[row * (bitWidth / 64) + word] = BigInt.asUintN(64, BigInt(value ?? 0) >> BigInt(64 * word));
    });
    return new Vector([makeData({ type: new Decimal(2, bitWidth === 128 ? 38 : 76, bitWidth), length: values.length, ...validity(values), data: new Uint32Array(words.buffer) })]);
  },
  literal: (value) => digits(value as bigint, 2),
});

function validity(values: readonly Value[]): { nullCount: number; nullBitmap: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, row) => {
    if (value !== null) nullBitmap[row >> 3]! |= 1 << (row & 7);
  });
  return { nullCount: values.filter((value) => value === null).length, nullBitmap };
}

const fixedBinary: Kind = {
  type: new FixedSizeBinary(3), value: fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 3, maxLength: 3 }), ordered: utf8,
  vector: (values) => new Vector([makeData({ type: new FixedSizeBinary(3), length: values.length, ...validity(values), data: Buffer.from(values.map((value) => value ?? '\0\0\0').join('')) })]),
};
const text = (type: DataType, value = few(fc.string({ unit: 'grapheme', maxLength: 20 }), '', 'a', 'ab', '\u{1F600}', '\uFFFD')): Kind => ({ type, value, ordered: utf8 });
const floats = (type: DataType, value: fc.Arbitrary<Value>): Kind => ({
  type, value: few(value, NaN, 0, -0, 1.5, Infinity, -Infinity), literal: (one) => (Number.isFinite(one) ? (one as number) : String(one)),
});

const kinds: Record<string, Kind> = {
  int8: narrow(new Int8(), 8, true), int16: narrow(new Int16(), 16, true), int32: narrow(new Int32(), 32, true), uint8: narrow(new Uint8(), 8, false), uint32: narrow(new Uint32(), 32, false),
  int64: wide(new Int64(), true), uint64: wide(new Uint64(), false),
  float64: floats(new Float64(), fc.double()),
  float32: floats(new Float32(), fc.float()),
  bool: { type: new Bool(), value: fc.boolean(), ordered: Number, literal: (value) => value as boolean },
  utf8: text(new Utf8()), largeUtf8: text(new LargeUtf8()),
  binary: { ...text(new Binary()), vector: (values) => vectorFromArray(values.map((value) => (value === null ? null : Buffer.from(value as string))), new Binary()), literal: (value) => `data:application/octet-stream;base64,${Buffer.from(value as string).toString('base64')}` },
  fixedBinary,
  dictionary: { ...text(new Dictionary(new Utf8(), new Int32())), value: fc.constantFrom('', 'a', 'ab', 'b', 'é') },
  date: {
    type: new DateDay(), value: fc.integer({ min: -40_000, max: 80_000 }), literal: (value) => isoOf(value as number),
    vector: (values) => new Vector([makeData({ type: new DateDay(), length: values.length, ...validity(values), data: Int32Array.from(values, Number) })]),
  },
  dateMs: {
    type: new DateMillisecond(), value: fc.integer({ min: -40_000, max: 80_000 }), literal: (value) => isoOf(value as number),
    vector: (values) => new Vector([makeData({ type: new DateMillisecond(), length: values.length, ...validity(values), data: BigInt64Array.from(values, (value) => BigInt(value ?? 0) * 86_400_000n) })]),
  },
  timestampNs: {
    type: new TimestampNanosecond('Europe/Berlin'), value: integers(63, true),
    vector: (values) => new Vector([makeData({ type: new TimestampNanosecond('Europe/Berlin'), length: values.length, ...validity(values), data: BigInt64Array.from(values, (value) => BigInt(value ?? 0)) })]),
    literal: (value) => {
      const count = value as bigint;
      const seconds = (count - (((count % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)) / 1_000_000_000n;
      return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${String(count - seconds * 1_000_000_000n).padStart(9, '0')}Z`;
    },
  },
  timestampS: {
    type: new TimestampSecond(), value: fc.bigInt({ min: -(10n ** 10n), max: 10n ** 10n }),
    vector: (values) => new Vector([makeData({ type: new TimestampSecond(), length: values.length, ...validity(values), data: BigInt64Array.from(values, (value) => BigInt(value ?? 0)) })]),
    literal: (value) => new Date(Number(value) * 1000).toISOString().slice(0, 19),
  },
  timeS: {
    type: new TimeSecond(), value: fc.nat(86_399), literal: (value) => new Date(Number(value) * 1000).toISOString().slice(11, 19),
    vector: (values) => new Vector([makeData({ type: new TimeSecond(), length: values.length, ...validity(values), data: Int32Array.from(values, Number) })]),
  },
  timeUs: {
    type: new TimeMicrosecond(), value: fc.bigInt({ min: 0n, max: 86_399_999_999n }), literal: (value) => Number(value),
    vector: (values) => new Vector([makeData({ type: new TimeMicrosecond(), length: values.length, ...validity(values), data: BigInt64Array.from(values, (value) => BigInt(value ?? 0)) })]),
  },
  duration: {
    type: new DurationMillisecond(), value: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
    vector: (values) => new Vector([makeData({ type: new DurationMillisecond(), length: values.length, ...validity(values), data: BigInt64Array.from(values, (value) => BigInt(value ?? 0)) })]),
    literal: (value) => {
      const count = value as bigint;
      const size = count < 0n ? -count : count;
      return `${count < 0n ? '-' : ''}PT${size / 3_600_000n}H${(size / 1000n) % 3600n}.${String(size % 1000n).padStart(3, '0')}S`;
    },
  },
  decimal128: decimal(128), decimal256: decimal(256),
};

const orderedOf = (kind: Kind, value: Exclude<Value, null>) => (kind.ordered ? kind.ordered(value) : (value as number | bigint | string));

/** Rows by three-valued logic, one value at a time. */
function oracle(filter: TableFilter, kind: Kind, value: Value, literals: ReadonlyMap<unknown, Exclude<Value, null>>): boolean | null {
  if ('and' in filter) return filter.and.map((part) => oracle(part, kind, value, literals)).reduce((a, b) => (a === false || b === false ? false : a === null || b === null ? null : true), true as boolean | null);
  if ('or' in filter) return filter.or.map((part) => oracle(part, kind, value, literals)).reduce((a, b) => (a === true || b === true ? true : a === null || b === null ? null : false), false as boolean | null);
  if ('not' in filter) {
    const truth = oracle(filter.not, kind, value, literals);
    return truth === null ? null : !truth;
  }
  if (filter.op === 'isnull' || filter.op === 'notnull') return (value === null) === (filter.op === 'isnull');
  const compare = (op: string, given: unknown): boolean | null => {
    if (value === null) return null;
    const [a, b] = [orderedOf(kind, value), orderedOf(kind, literals.get(given)!)];
    return { eq: a === b, ne: a !== b, lt: a < b, le: a <= b, gt: a > b, ge: a >= b }[op]!;
  };
  if (filter.op !== 'in' && filter.op !== 'notin') return compare(filter.op, (filter as { value: unknown }).value);
  if (filter.values.length === 0) return filter.op === 'notin';
  const truths = filter.values.map((each) => compare('eq', each));
  const found = truths.includes(true) ? true : truths.includes(null) ? null : false;
  return found === null ? null : found === (filter.op === 'in');
}

function batchOf(type: DataType, vector: Vector): RecordBatch {
  const schema = new Schema([new Field('a', type, true)]);
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: vector.length, nullCount: 0, children: [vector.data[0]!] }));
}

describe.each(Object.entries(kinds))('a filter on %s', (_name, kind) => {
  const literalOf = (value: Exclude<Value, null>) => (kind.literal ? kind.literal(value) : (value as string));
  const filterOf = (values: readonly Exclude<Value, null>[]) => {
    const value = fc.constantFrom(...values).map(literalOf);
    return fc.letrec<{ filter: TableFilter }>((tie) => ({
      filter: fc.oneof(
        { maxDepth: 3 },
        fc.record({ column: fc.constant('a'), op: fc.constantFrom('eq' as const, 'ne' as const, 'lt' as const, 'le' as const, 'gt' as const, 'ge' as const), value }),
        fc.record({ column: fc.constant('a'), op: fc.constantFrom('in' as const, 'notin' as const), values: fc.array(value, { maxLength: 8 }) }),
        fc.record({ column: fc.constant('a'), op: fc.constantFrom('isnull' as const, 'notnull' as const) }),
        fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }), fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }), fc.record({ not: tie('filter') }),
      ),
    })).filter;
  };
  const example = fc.array(kind.value, { minLength: 1, maxLength: 12 }).chain((literals) => fc.record({
    literals: fc.constant(literals as Exclude<Value, null>[]),
    values: fc.array(fc.oneof(fc.constantFrom(...literals, null), kind.value), { minLength: 1, maxLength: 40 }),
    filter: filterOf(literals as Exclude<Value, null>[]),
    cut: fc.tuple(fc.nat(10), fc.nat(10)),
  }));

  it('takes the rows that a naive reading takes, from whole and cut batches', () => {
    fc.assert(fc.property(example, ({ literals, values, filter, cut: [start, less] }) => {
      const known = new Map<unknown, Exclude<Value, null>>(literals.map((value) => [literalOf(value), value]));
      const vector = kind.vector ? kind.vector(values) : vectorFromArray(values, kind.type);
      const from = Math.min(start, values.length);
      const to = Math.max(from, values.length - less);
      const batch = batchOf(kind.type, vector);
      const cut = new RecordBatch(batch.schema, makeData({ type: new Struct(batch.schema.fields), length: to - from, nullCount: 0, children: [vector.data[0]!.slice(from, to - from)] }));
      const bound = bindFilter(filter, batch.schema);
      const expected = values.slice(from, to).flatMap((value, row) => (oracle(filter, kind, value, known) === true ? [row] : []));
      const rows = matchRows(bound, cut.numRows, () => cut.data.children[0]!) ?? Int32Array.from({ length: cut.numRows }, (_, row) => row);
      expect([...rows]).toEqual(expected);
      const column = cut.getChildAt(0)!;
      expect([...takeRows(cut, rows).getChildAt(0)!].map(shown)).toEqual(expected.map((row) => shown(column.get(row))));
    }), { numRuns: 150 });
  });
});

const shown = (value: unknown): string => (ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex') : Object.is(value, -0) ? '-0' : String(value));

describe('values of a filter', () => {
  const schema = new Schema(Object.entries(kinds).map(([name, { type }]) => new Field(name, type, true)).concat([
    new Field('half', new Float16(), true), new Field('list', new List(new Field('item', new Int8())), true), new Field('null', new Null(), true), new Field('point', new FixedSizeList(2, new Field('item', new Float32())), true),
  ]));
  const bind = (column: string, op: string, value: unknown) => bindFilter((op === 'in' ? { column, op, values: value } : { column, op, value }) as TableFilter, schema);

  it('between two of the column are told apart from both', () => {
    expect(bind('int64', 'eq', 1.5)).toMatchObject({ kind: 'constant', value: false });
    expect(bind('int64', 'ne', '1.5')).toMatchObject({ kind: 'constant', value: true });
    expect(bind('int8', 'lt', -1.5)).toMatchObject({ op: 'le', value: -2n });
    expect(bind('int8', 'ge', 1e-3)).toMatchObject({ op: 'gt', value: 0n });
    expect(bind('decimal128', 'le', '0.125')).toMatchObject({ op: 'le', value: 12n });
    expect(bind('timestampS', 'ge', '1969-12-31T23:59:59.5')).toMatchObject({ op: 'gt', value: -1n });
    expect(bind('int8', 'in', [1, 1.5])).toMatchObject({ kind: 'in', values: [1n] });
    expect(bind('int8', 'in', [1.5])).toMatchObject({ kind: 'constant', value: false });
  });

  it('are as exact as their column', () => {
    expect(bind('decimal128', 'eq', 0.1)).toMatchObject({ value: 10n });
    expect(bind('decimal128', 'eq', '1e3')).toMatchObject({ value: 100000n });
    expect(bind('float32', 'eq', 0.1)).toMatchObject({ value: Math.fround(0.1) });
    expect(bind('half', 'eq', 0.1)).toMatchObject({ value: 0.0999755859375 });
    expect(bind('half', 'eq', 65520)).toMatchObject({ value: Infinity });
    expect(bind('half', 'eq', 2 ** -25)).toMatchObject({ value: 0 });
    expect(bind('timestampNs', 'eq', '2020-01-01T00:00:00.000000001+01:00')).toMatchObject({ value: 1577833200000000001n });
    expect(bind('timestampNs', 'eq', '2020-01-01')).toMatchObject({ value: 1577836800000000000n });
    expect(bind('duration', 'eq', 'P1DT-1S'.replace('-', ''))).toMatchObject({ value: 86401000n });
  });

  it.each([
    ['int8', '1x'], ['int8', true], ['int8', ''], ['int8', 'NaN'], ['int64', '1e999999'], ['decimal128', '.'], ['float64', 'x'], ['float64', ''], ['float64', false], ['bool', 1], ['bool', 'true'], ['utf8', 1], ['binary', false],
    ['date', '2020-02-30'], ['date', '2020-01-01T00:00:00'], ['timestampS', '2020-01-01T00:00:00Z'], ['timestampNs', 'yesterday'], ['timestampNs', '2020-01-01T25:00'], ['timeS', '24:00:00'], ['duration', 'P1Y'], ['duration', 'P'], ['duration', 'PT'],
    ['list', 1], ['point', 1], ['null', 1],
  ])('that %s columns do not have are refused: %j', (column, value) => {
    expect(() => bind(column, 'eq', value)).toThrow(expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(`"${column}"`) }));
    expect(() => bind(column, 'in', [value])).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it('are refused for a column that is not there', () => {
    expect(() => bind('nope', 'eq', 1)).toThrow(expect.objectContaining({ code: 'invalid_argument', message: 'No such field nope.' }));
  });
});
