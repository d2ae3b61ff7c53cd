// The rows of a sheet, streamed (ECMA-376 part 1, 18.3.1.4 and 18.3.1.73).
import { TesseraError } from '@tessera/domain';
import { dateMs, durationMs, type NumberMeaning } from './cell-time.ts';
import type { SharedStrings } from './shared-strings.ts';
import { attributeOf, xmlTokens } from './xml-tokens.ts';

/** Rows and columns that Excel has. */
export const maxSheetRowCount = 2 ** 20;
export const maxSheetColumnCount = 2 ** 14;

/** A value; times in milliseconds. What is an error in the sheet (`#DIV/0!`) is no value. */
export type Cell =
  | { readonly kind: 'number' | 'date' | 'time' | 'duration'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean };

export interface SheetRow {
  /** From 0; numbers are left out where rows are empty. */
  readonly index: number;
  /** By column, from 0; empty cells are left out. */
  readonly cells: readonly { readonly column: number; readonly cell: Cell }[];
}

/** How the cells of a workbook are to be understood. */
export interface Workbook {
  /** By number of a cell's style. */
  readonly meanings: readonly NumberMeaning[];
  readonly is1904: boolean;
  /** Absent if texts are not wanted. */
  readonly strings?: SharedStrings;
}

/** Rows in ascending order, some at a time. @throws TesseraError gone if the sheet is damaged. */
export async function* sheetRows(pieces: AsyncIterable<Uint8Array>, workbook: Workbook): AsyncGenerator<SheetRow[]> {
  const reader = new RowReader(workbook);
  for await (const tokens of xmlTokens(pieces)) {
    const rows: SheetRow[] = [];
    for (const token of tokens) {
      if (token.kind === 'text') reader.text(token.text);
      else if (token.kind === 'close') {
        const row = reader.close(token.name);
        if (row) rows.push(row);
      } else {
        reader.open(token.name, token.attributes);
        const row = token.isEmpty ? reader.close(token.name) : undefined;
        if (row) rows.push(row);
      }
    }
    if (rows.length > 0) yield rows;
  }
  if (!reader.isComplete) throw new TesseraError('gone', 'The spreadsheet is damaged: a sheet is cut off.');
}

class RowReader {
  readonly #workbook: Workbook;
  #rowIndex = -1;
  #column = -1;
  #cells: { column: number; cell: Cell }[] = [];
  #type = '';
  #style = 0;
  /** Text of the value, and of an inline string. */
  #value = '';
  #inline: string | undefined;
  #isInData = false;
  #takes: 'value' | 'inline' | undefined;
  #phoneticDepth = 0;
  isComplete = false;

  constructor(workbook: Workbook) {
    this.#workbook = workbook;
  }

  text(text: string): void {
    if (this.#takes === 'value') this.#value += text;
    if (this.#takes === 'inline' && this.#phoneticDepth === 0) this.#inline = (this.#inline ?? '') + text;
  }

  open(name: string, attributes: string): void {
    if (name === 'sheetData') this.#isInData = true;
    if (!this.#isInData) return;
    if (name === 'row') this.#startRow(attributeOf(attributes, 'r'));
    if (name === 'c') this.#startCell(attributes);
    if (name === 'v') this.#takes = 'value';
    if (name === 't') this.#takes = 'inline';
    if (name === 'rPh') this.#phoneticDepth++;
  }

  /** Gives the row that ends here. */
  close(name: string): SheetRow | undefined {
    if (name === 'worksheet') this.isComplete = true;
    if (!this.#isInData) return undefined;
    if (name === 'sheetData') this.#isInData = false;
    if (name === 'v' || name === 't') this.#takes = undefined;
    if (name === 'rPh') this.#phoneticDepth--;
    if (name === 'c') this.#endCell();
    if (name !== 'row' || this.#cells.length === 0) return undefined;
    const row = { index: this.#rowIndex, cells: this.#cells };
    this.#cells = [];
    return row;
  }

  #startRow(number: string | undefined): void {
    const index = number === undefined ? this.#rowIndex + 1 : Number(number) - 1;
    if (!Number.isInteger(index) || index <= this.#rowIndex || index >= maxSheetRowCount) throw damaged('its rows are not in order');
    this.#rowIndex = index;
    this.#column = -1;
    this.#cells = [];
  }

  #startCell(attributes: string): void {
    const reference = attributeOf(attributes, 'r');
    const column = reference === undefined ? this.#column + 1 : columnOf(reference);
    if (this.#rowIndex < 0 || column <= this.#column || column >= maxSheetColumnCount) throw damaged('its cells are not in order');
    this.#column = column;
    this.#type = attributeOf(attributes, 't') ?? 'n';
    this.#style = Number(attributeOf(attributes, 's') ?? 0);
    this.#value = '';
    this.#inline = undefined;
  }

  #endCell(): void {
    const cell = this.#cell();
    if (cell) this.#cells.push({ column: this.#column, cell });
  }

  #cell(): Cell | undefined {
    const text = this.#value;
    switch (this.#type) {
      case 's': return this.#sharedText(text);
      case 'str': return { kind: 'text', value: text };
      case 'inlineStr': return this.#inline === undefined ? undefined : { kind: 'text', value: this.#inline };
      case 'b': return text === '' ? undefined : { kind: 'bool', value: text.trim() === '1' || text.trim() === 'true' };
      case 'e': return undefined;
      case 'd': return isoCell(text);
      default: return this.#numberCell(text);
    }
  }

  #sharedText(text: string): Cell | undefined {
    if (text === '') return undefined;
    if (!this.#workbook.strings) return { kind: 'text', value: '' };
    const value = this.#workbook.strings.at(Number(text));
    if (value === undefined) throw damaged('a text that a cell names is not there');
    return { kind: 'text', value };
  }

  #numberCell(text: string): Cell | undefined {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) return undefined;
    const meaning = this.#workbook.meanings[this.#style] ?? 'number';
    if (meaning === 'number') return { kind: 'number', value };
    if (meaning === 'duration') return { kind: 'duration', value: durationMs(value) };
    // Without a day it is a time of day.
    if (value >= 0 && value < 1 && !this.#workbook.is1904) return { kind: 'time', value: Math.min(durationMs(value), 86_399_999) };
    const ms = dateMs(value, this.#workbook.is1904);
    return Math.abs(ms) <= 8.64e15 ? { kind: 'date', value: ms } : undefined;
  }
}

/** A date as ISO 8601 writes it, of no zone. */
function isoCell(text: string): Cell | undefined {
  const value = Date.parse(/[Zz]$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
  const dateOnly = Number.isNaN(value) ? Date.parse(text) : value;
  return Number.isNaN(dateOnly) ? undefined : { kind: 'date', value: dateOnly };
}

/** `BC12` → 54. −1 if there are no letters. */
function columnOf(reference: string): number {
  let column = 0;
  for (let at = 0; at < reference.length && at < 4; at++) {
    const letter = reference.charCodeAt(at) - 0x40;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return column - 1;
}

function damaged(what: string): TesseraError {
  return new TesseraError('gone', `The spreadsheet is damaged: in a sheet, ${what}.`);
}
