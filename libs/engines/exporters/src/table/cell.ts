// Cells of a table as text, for people and for JSON. Null is for the caller to write.
import { TesseraError } from '@tessera/domain';
import { decimalText, flattenDictionary, isByteType, isTextType, validRows, valueBytes, type Data } from '@tessera/arrow';
import { type DataType, Type, type Date_, type Duration, type Float, type FixedSizeList, type Struct, type Time, type Timestamp, type Union } from 'apache-arrow';
import { floatText, halfToNumber } from './number-text.ts';
import { timestampStyle, type TimestampStyle } from './timestamp-style.ts';
import { dateText, durationText, momentOf, timeOfDayText } from './time-text.ts';

/** What a cell says: `raw` needs no quotes in JSON (numbers, booleans, nested values), `text` does. Undefined if nothing is there. */
export interface Cell {
  readonly raw?: string;
  readonly text?: string;
}

/** Reads the cells of a column of one batch. */
export type CellReader = (row: number) => Cell | undefined;

export interface CellOptions {
  /** JSON has `true` where Python's text has `True`, and no numbers for what is not finite. */
  readonly json: boolean;
  /** Of this column, as far as batches seen. */
  readonly timestamps?: TimestampStyle;
}

/** Reads a column. @throws TesseraError not_acceptable for types that have no text. */
export function cellReader(column: Data, options: CellOptions): CellReader {
  const data = flattenDictionary(column);
  const isValid = validRows(data);
  if (data.typeId === Type.Null) return () => undefined;
  const read = valueReader(data, options);
  return (row) => (isValid(row) ? read(row) : undefined);
}

const raw = (value: string): Cell => ({ raw: value });
const text = (value: string): Cell => ({ text: value });

function valueReader(data: Data, options: CellOptions): CellReader {
  if (isByteType(data.typeId)) return bytesReader(data);
  switch (data.typeId) {
    case Type.Bool:
      return boolReader(data, options.json ? ['false', 'true'] : ['False', 'True']);
    case Type.Int: {
      const values = data.values as ArrayLike<number | bigint>;
      return (row) => raw(String(values[row]));
    }
    case Type.Float:
      return floatReader(data, options);
    case Type.Decimal: {
      const textOf = decimalText(data);
      return (row) => raw(textOf(row));
    }
    case Type.Date:
    case Type.Time:
    case Type.Duration:
      return timeReader(data);
    case Type.Timestamp: {
      const style = options.timestamps ?? timestampStyle(data.type as Timestamp, options.json);
      style.prepare(data);
      const counts = data.values as BigInt64Array;
      return (row) => text(style.format(counts[row]!));
    }
    default:
      return nestedReader(data);
  }
}

function bytesReader(data: Data): CellReader {
  const bytesOf = valueBytes(data);
  const asText = isTextType(data.typeId);
  return (row) => {
    const bytes = bytesOf(row);
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return text(asText ? buffer.toString('utf8') : `data:application/octet-stream;base64,${buffer.toString('base64')}`);
  };
}

function boolReader(data: Data, names: readonly [string, string]): CellReader {
  const bits = data.values as Uint8Array;
  const cells = names.map(raw);
  return (row) => cells[(bits[(data.offset + row) >> 3]! >> ((data.offset + row) & 7)) & 1];
}

function floatReader(data: Data, { json }: CellOptions): CellReader {
  const byteWidth = (2 << (data.type as Float).precision) as 2 | 4 | 8;
  const values = data.values as Float64Array;
  return (row) => {
    const value = byteWidth === 2 ? halfToNumber(values[row]!) : values[row]!;
    if (Number.isNaN(value) || (json && !Number.isFinite(value))) return undefined;
    return raw(floatText(value, byteWidth));
  };
}

function timeReader(data: Data): CellReader {
  const counts = data.values as ArrayLike<number | bigint>;
  const { unit } = data.type as Date_ | Time | Duration;
  if (data.typeId === Type.Time) return (row) => text(timeOfDayText(BigInt(counts[row]!), unit));
  if (data.typeId === Type.Duration) return (row) => text(durationText(BigInt(counts[row]!), unit));
  const isDays = unit === 0;
  return (row) => text(dateText(isDays ? Number(counts[row]!) : momentOf(BigInt(counts[row]!), 1).days));
}

/** Lists, structs, maps and unions are JSON in every text format. */
function nestedReader(data: Data): CellReader {
  const { children } = data;
  const json = (child: Data): ((row: number) => string) => {
    const read = cellReader(child, { json: true });
    return (row) => jsonText(read(row));
  };
  switch (data.typeId) {
    case Type.List:
    case Type.LargeList:
    case Type.Map: {
      const offsets = data.valueOffsets as Int32Array as ArrayLike<number | bigint>;
      const item = json(children[0]!);
      return (row) => raw(`[${rangeOf(Number(offsets[row]!), Number(offsets[row + 1]!)).map(item).join(',')}]`);
    }
    case Type.FixedSizeList: {
      const { listSize } = data.type as FixedSizeList;
      const item = json(children[0]!);
      return (row) => raw(`[${rangeOf(row * listSize, (row + 1) * listSize).map(item).join(',')}]`);
    }
    case Type.Struct: {
      const fields = (data.type as Struct).children.map((field, i) => ({ key: JSON.stringify(field.name ?? ''), item: json(children[i]!) }));
      return (row) => raw(`{${fields.map(({ key, item }) => `${key}:${item(row)}`).join(',')}}`);
    }
    case Type.Union: {
      const union = data.type as Union;
      const items = children.map(json);
      const offsets = data.valueOffsets as Int32Array | undefined;
      return (row) => {
        const child = [...union.typeIds].indexOf(data.typeIds[row]!);
        return raw(items[child]!(union.mode === 1 && offsets ? offsets[row]! : row));
      };
    }
    default:
      throw new TesseraError('not_acceptable', `Columns of type ${(data.type as DataType).toString()} cannot be written in this format. Ask for an Arrow file.`);
  }
}

function rangeOf(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

/** A cell as a JSON value. */
export function jsonText(cell: Cell | undefined): string {
  if (cell === undefined) return 'null';
  return cell.raw ?? JSON.stringify(cell.text);
}
