import { Bool, DurationMillisecond, Field, Float64, Int64, TimeMillisecond, TimestampMillisecond, Utf8, makeData, type Data, type DataType } from 'apache-arrow';
import { TesseraError } from '@tessera/domain';
import { makeColumn } from '../batch/make-batch.ts';
import { isMissingText } from '../csv/parse-field.ts';
import type { Cell } from './sheet-rows.ts';

export type SheetType = 'int64' | 'float64' | 'bool' | 'utf8' | 'timestamp[ms]' | 'time32[ms]' | 'duration[ms]';

/** Whether a cell is there for pandas.read_excel, which takes some texts for missing values. */
export function isMissingCell(cell: Cell | undefined): cell is undefined {
  return cell === undefined || (cell.kind === 'text' && isMissingText(cell.value));
}

const typeOfKind = { number: 'float64', bool: 'bool', text: 'utf8', date: 'timestamp[ms]', time: 'time32[ms]', duration: 'duration[ms]' } as const satisfies Record<Cell['kind'], SheetType>;

/** Finds the type of a column of cells, as pandas.read_excel does: what has nothing in common is text. */
export class SheetInference {
  #type: SheetType | undefined;
  #isInteger = true;
  #count = 0;

  add(cell: Cell | undefined): void {
    if (isMissingCell(cell)) return;
    this.#count++;
    const type = typeOfKind[cell.kind];
    this.#type = this.#type === undefined || this.#type === type ? type : 'utf8';
    if (cell.kind === 'number' && !Number.isSafeInteger(cell.value)) this.#isInteger = false;
  }

  /** How many cells had a value. */
  get count(): number {
    return this.#count;
  }

  /** Of a column of so many rows: integers are floating point if any is missing. */
  typeOf(rowCount: number): SheetType {
    if (this.#type === undefined) return rowCount === 0 ? 'utf8' : 'float64';
    return this.#type === 'float64' && this.#isInteger && this.#count === rowCount ? 'int64' : this.#type;
  }
}

const arrowTypes: Record<SheetType, () => DataType> = {
  int64: () => new Int64(),
  float64: () => new Float64(),
  bool: () => new Bool(),
  utf8: () => new Utf8(),
  'timestamp[ms]': () => new TimestampMillisecond(),
  'time32[ms]': () => new TimeMillisecond(),
  'duration[ms]': () => new DurationMillisecond(),
};

export function sheetField(name: string, type: SheetType, isNullable: boolean): Field {
  return new Field(name, arrowTypes[type](), isNullable);
}

/** Cells as a column. @throws TesseraError stale if one is not of the type: then the file has changed. */
export function sheetColumn(type: SheetType, cells: readonly (Cell | undefined)[]): Data {
  if (type === 'utf8') return makeColumn(cells.map((cell) => (isMissingCell(cell) ? null : cellText(cell))));
  for (const cell of cells) if (!isMissingCell(cell) && typeOfKind[cell.kind] !== (type === 'int64' ? 'float64' : type)) throw changed();
  if (type === 'bool') return makeColumn(cells.map((cell) => (isMissingCell(cell) ? null : cell.value)) as boolean[]);
  const valueOf = (cell: Cell | undefined) => (isMissingCell(cell) ? 0 : (cell.value as number));
  return makeData({ type: arrowTypes[type](), ...validity(cells), data: numbersOf(type, cells, valueOf) } as never);
}

function numbersOf(type: SheetType, cells: readonly (Cell | undefined)[], valueOf: (cell: Cell | undefined) => number): Float64Array | Int32Array | BigInt64Array {
  if (type === 'float64') return Float64Array.from(cells, valueOf);
  if (type === 'time32[ms]') return Int32Array.from(cells, valueOf);
  return BigInt64Array.from(cells, (cell) => {
    const value = valueOf(cell);
    if (!Number.isSafeInteger(value)) throw changed();
    return BigInt(value);
  });
}

/** A cell among texts, as Python would write it. */
export function cellText(cell: Cell): string {
  switch (cell.kind) {
    case 'text': return cell.value;
    case 'bool': return cell.value ? 'True' : 'False';
    case 'number': return String(cell.value);
    case 'date': return new Date(cell.value).toISOString().slice(0, 19).replace('T', ' ');
    case 'time': return new Date(cell.value).toISOString().slice(11, 19);
    case 'duration': return `${cell.value / 1000} s`;
  }
}

function validity(cells: readonly (Cell | undefined)[]): { length: number; nullCount: number; nullBitmap?: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(cells.length / 8));
  let nullCount = 0;
  cells.forEach((cell, row) => {
    if (isMissingCell(cell)) nullCount++;
    else nullBitmap[row >> 3]! |= 1 << (row & 7);
  });
  return { length: cells.length, nullCount, ...(nullCount === 0 ? {} : { nullBitmap }) };
}

function changed(): TesseraError {
  return new TesseraError('stale', 'The spreadsheet has changed since it was indexed: its values no longer fit the types of their columns.');
}
