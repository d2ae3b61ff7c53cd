// Which rows of a batch a filter is true of: column by column, a byte a row.
import { flattenedType } from '@tessera/arrow';
import { DataType, Type, type Data } from 'apache-arrow';
import type { BoundCondition, BoundFilter } from './bind-filter.ts';
import { matchValues } from './match-values.ts';
import { isFalse, isTrue, isUnknown } from './truth.ts';

/**
 * The numbers of the rows for which the filter is true; undefined if it is true of all.
 * @param columnOf the column at a place in the schema, of this batch.
 */
export function matchRows(filter: BoundFilter, rowCount: number, columnOf: (column: number) => Data): Int32Array | undefined {
  const truth = evaluate(filter, rowCount, columnOf);
  let count = 0;
  for (let row = 0; row < rowCount; row++) if (truth[row] === isTrue) count++;
  if (count === rowCount) return undefined;
  const rows = new Int32Array(count);
  for (let row = 0, at = 0; at < count; row++) if (truth[row] === isTrue) rows[at++] = row;
  return rows;
}

function evaluate(filter: BoundFilter, rowCount: number, columnOf: (column: number) => Data): Uint8Array {
  switch (filter.kind) {
    case 'and': {
      const truth = new Uint8Array(rowCount).fill(isTrue);
      for (const part of filter.parts) {
        const each = evaluate(part, rowCount, columnOf);
        for (let row = 0; row < rowCount; row++) if (each[row]! < truth[row]!) truth[row] = each[row]!;
      }
      return truth;
    }
    case 'or': {
      const truth = new Uint8Array(rowCount);
      for (const part of filter.parts) {
        const each = evaluate(part, rowCount, columnOf);
        for (let row = 0; row < rowCount; row++) if (each[row]! > truth[row]!) truth[row] = each[row]!;
      }
      return truth;
    }
    case 'not': {
      const truth = evaluate(filter.part, rowCount, columnOf);
      for (let row = 0; row < rowCount; row++) truth[row] = isTrue - truth[row]!;
      return truth;
    }
    default:
      return evaluateCondition(filter, columnOf(filter.column));
  }
}

function evaluateCondition(condition: BoundCondition, data: Data): Uint8Array {
  if (DataType.isDictionary(data.type)) return evaluateDictionary(condition, data);
  const truth = new Uint8Array(data.length);
  if (condition.kind === 'isnull') {
    forMissing(data, (row) => (truth[row] = isTrue));
    return truth;
  }
  if (condition.kind === 'constant') truth.fill(condition.value ? isTrue : isFalse);
  else matchValues(condition, data, truth);
  forMissing(data, (row) => (truth[row] = isUnknown));
  return truth;
}

/** The condition is asked of each value of the dictionary once. */
function evaluateDictionary(condition: BoundCondition, data: Data): Uint8Array {
  const chunks = (data.dictionary?.data ?? []).map((chunk) => evaluateCondition(condition, chunk));
  const known = chunks.length === 1 ? chunks[0]! : new Uint8Array(Buffer.concat(chunks));
  const indices = data.values as ArrayLike<number | bigint>;
  const truth = new Uint8Array(data.length);
  for (let row = 0; row < truth.length; row++) truth[row] = known[Number(indices[row]!)]!;
  forMissing(data, (row) => (truth[row] = condition.kind === 'isnull' ? isTrue : isUnknown));
  return truth;
}

function forMissing(data: Data, mark: (row: number) => void): void {
  const { nullBitmap, offset, length } = data;
  const { typeId } = flattenedType(data.type);
  if (typeId === Type.Null) for (let row = 0; row < length; row++) mark(row);
  // A union has no missing values of its own: they are in its parts.
  else if (typeId === Type.Union) {
    for (let row = 0; row < length; row++) if (!data.getValid(row)) mark(row);
  } else if (nullBitmap && nullBitmap.byteLength > 0 && data.nullCount > 0) {
    for (let row = 0; row < length; row++) if ((nullBitmap[(offset + row) >> 3]! & (1 << ((offset + row) & 7))) === 0) mark(row);
  }
}
