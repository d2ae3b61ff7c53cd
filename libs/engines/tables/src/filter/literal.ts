// A filter's value as its column's type has it. Everything ordered is one of three: an integer, a double, bytes.
import { TesseraError, type FilterValue } from '@tessera/domain';
import { Type, type DataType, type Date_, type Decimal, type Duration, type Field, type Float, type Time, type Timestamp } from 'apache-arrow';
import { parseDateTime, parseDuration, parseTimeOfDay, type Nanoseconds } from './parse-time.ts';

/** How values of a type compare. */
export type Comparability = 'integer' | 'float' | 'bytes' | 'none';

/** An integer in the unit of its column; if the value lies between two it is the lower one. */
export interface IntegerLiteral {
  readonly floor: bigint;
  readonly isExact: boolean;
}

const nanosecondsOf = [1_000_000_000n, 1_000_000n, 1000n, 1n] as const;
const maxNumberLength = 400;
const maxExponent = 400;
const base64Uri = /^data:[^,]*;base64,/;

/** @param type that of the values of a dictionary, if the column is one. */
export function comparabilityOf(type: DataType): Comparability {
  switch (type.typeId) {
    case Type.Bool: case Type.Int: case Type.Decimal: case Type.Date: case Type.Time: case Type.Timestamp: case Type.Duration:
      return 'integer';
    case Type.Float:
      return 'float';
    case Type.Utf8: case Type.LargeUtf8: case Type.Utf8View: case Type.Binary: case Type.LargeBinary: case Type.BinaryView: case Type.FixedSizeBinary:
      return 'bytes';
    default:
      return 'none';
  }
}

/** @throws TesseraError invalid_argument if the value does not fit the type; so do the other two. */
export function integerLiteral(field: Field, type: DataType, value: FilterValue): IntegerLiteral {
  switch (type.typeId) {
    case Type.Bool:
      return typeof value === 'boolean' ? { floor: value ? 1n : 0n, isExact: true } : misfit(field, 'true or false');
    case Type.Int:
      return decimalLiteral(value, 0) ?? misfit(field, 'a number');
    case Type.Decimal:
      return decimalLiteral(value, (type as Decimal).scale) ?? misfit(field, 'a number');
    default:
      return timeLiteral(field, type, value);
  }
}

export function floatLiteral(field: Field, type: DataType, value: FilterValue): number {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|Infinity)$|^NaN$/.test(value));
  if (!isNumber) return misfit(field, 'a number, or "NaN", "Infinity", "-Infinity"');
  const { precision } = type as Float;
  return precision === 0 ? toHalf(Number(value)) : precision === 1 ? Math.fround(Number(value)) : Number(value);
}

export function bytesLiteral(field: Field, type: DataType, value: FilterValue): Uint8Array {
  if (typeof value !== 'string') return misfit(field, 'text');
  const isText = [Type.Utf8, Type.LargeUtf8, Type.Utf8View].includes(type.typeId);
  const prefix = isText ? undefined : base64Uri.exec(value)?.[0];
  return prefix === undefined ? Buffer.from(value, 'utf8') : Buffer.from(value.slice(prefix.length), 'base64');
}

function timeLiteral(field: Field, type: DataType, value: FilterValue): IntegerLiteral {
  if (typeof value === 'number' && Number.isInteger(value)) return { floor: BigInt(value), isExact: true };
  if (typeof value === 'string' && /^[+-]?\d{1,20}$/.test(value)) return { floor: BigInt(value), isExact: true };
  const text = typeof value === 'string' ? value : '';
  switch (type.typeId) {
    case Type.Date: {
      const unit = (type as Date_).unit === 0 ? 86_400_000_000_000n : 1_000_000n;
      return inUnit(/^[+-]?\d+-\d\d-\d\d$/.test(text) ? parseDateTime(text)?.nanoseconds : undefined, unit) ?? misfit(field, 'a date such as "2026-01-31"');
    }
    case Type.Timestamp: {
      const { unit, timezone } = type as Timestamp;
      const moment = parseDateTime(text);
      if (moment?.hasOffset && !timezone) return misfit(field, 'a time without an offset, for its column has no time zone');
      return inUnit(moment?.nanoseconds, nanosecondsOf[unit]!) ?? misfit(field, 'a time such as "2026-01-31T12:00:00.5"');
    }
    case Type.Time:
      return inUnit(parseTimeOfDay(text), nanosecondsOf[(type as Time).unit]!) ?? misfit(field, 'a time of day such as "12:00:00.5"');
    default:
      return inUnit(parseDuration(text), nanosecondsOf[(type as Duration).unit]!) ?? misfit(field, 'a duration such as "PT1H30M"');
  }
}

function inUnit(nanoseconds: Nanoseconds | undefined, unit: bigint): IntegerLiteral | undefined {
  return nanoseconds === undefined ? undefined : divide(nanoseconds, unit);
}

/** The quotient rounded down. */
function divide(value: bigint, by: bigint): IntegerLiteral {
  const quotient = value / by;
  const rest = value % by;
  return { floor: rest < 0n ? quotient - 1n : quotient, isExact: rest === 0n };
}

/** A number or its text, exactly, in units of 10^-scale. */
function decimalLiteral(value: FilterValue, scale: number): IntegerLiteral | undefined {
  if (typeof value === 'boolean') return undefined;
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/.exec(String(value));
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole + fraction === '' || whole.length + fraction.length > maxNumberLength || Math.abs(Number(exponent)) > maxExponent) return undefined;
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const power = Number(exponent) - fraction.length + scale;
  return power >= 0 ? { floor: digits * 10n ** BigInt(power), isExact: true } : divide(digits, 10n ** BigInt(-power));
}

/** The nearest half float. */
function toHalf(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const step = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(value))), -14) - 10);
  const scaled = value / step;
  const low = Math.floor(scaled);
  const isUp = scaled - low > 0.5 || (scaled - low === 0.5 && low % 2 !== 0);
  const rounded = (isUp ? low + 1 : low) * step;
  return Math.abs(rounded) > 65504 ? Math.sign(value) * Infinity : rounded;
}

function misfit(field: Field, wanted: string): never {
  throw new TesseraError('invalid_argument', `The column "${field.name}" is of type ${field.type.toString()}: compare it with ${wanted}.`, { parameter: 'filter', column: field.name });
}
