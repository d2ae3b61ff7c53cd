// How the timestamps of a column are written as text, all alike, so that readers that judge by the first value are right
// about the others. A table that comes in one batch is written as pandas does: a date alone if no value has a time of day,
// otherwise with as many digits as the finest needs. Of a longer one the unit of the column decides.
import { validRows, type Data } from '@tessera/arrow';
import { DataType, Type, type Dictionary, type Timestamp } from 'apache-arrow';
import { Moments, secondsPerDay } from './moments.ts';
import { fractionDigits } from './time-text.ts';

export interface TimestampStyle {
  readonly isDateOnly: boolean;
  /** Digits after the point of the seconds. */
  readonly digits: number;
}

const digitsOfUnit = [0, 3, 6, 9] as const;

/** @param isWhole whether the batch is all of the table. Undefined for columns that hold no timestamps. */
export function timestampStyle(column: Data, isWhole: boolean): TimestampStyle | undefined {
  const type = (DataType.isDictionary(column.type) ? (column.type as Dictionary).dictionary : column.type) as Timestamp;
  if ((type as DataType).typeId !== Type.Timestamp) return undefined;
  if (!isWhole || type !== column.type) return { isDateOnly: false, digits: digitsOfUnit[type.unit]! };
  const isValid = validRows(column);
  const moments = new Moments(column, type.unit);
  let isDateOnly = !type.timezone;
  let digits = 0;
  for (let row = 0; row < column.length; row++) {
    if (!isValid(row)) continue;
    moments.read(row);
    if (moments.nanoseconds !== 0) digits = Math.max(digits, fractionDigits(moments.nanoseconds));
    if (isDateOnly && (moments.nanoseconds !== 0 || moments.seconds % secondsPerDay !== 0)) isDateOnly = false;
  }
  return { isDateOnly, digits };
}
