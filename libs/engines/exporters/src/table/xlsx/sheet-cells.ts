// Cells of a sheet: numbers, truth values, dates and times in types of their own as far as spreadsheets have them, all else as text.
import { decimalText, validRows, type Data } from '@tessera/arrow';
import { Type, type Date_, type Duration, type Float, type Time, type Timestamp } from 'apache-arrow';
import { valueWriter } from '../cell-writer.ts';
import { Moments, secondsPerDay } from '../moments.ts';
import { floatText, halfToNumber } from '../number-text.ts';
import type { CellWriter } from '../text-format.ts';
import type { TextSink } from '../text-sink.ts';
import type { TimestampStyle } from '../timestamp-style.ts';
import { sheetText } from './sheet-text.ts';
import { cellStyles } from './sheet-styles.ts';

const missing = '<c/>';
const textStart = '<c t="inlineStr"><is><t xml:space="preserve">';
const textEnd = '</t></is></c>';

/** Days from Excel's day 0 to the epoch. Before March 1900 it counts a day that never was: what lies there is text. */
const epochSerial = 25_569;
const firstSerial = 61;
/** Of the last day of the year 9999. */
const lastSerial = 2_958_465;
/** Digits that a number keeps in a spreadsheet. */
const maxDigits = 15;

/** The name of a column, in the row above. */
export function headerCell(sink: TextSink, name: string, style: number): void {
  const bytes = Buffer.from(name, 'utf8');
  sink.ascii(`<c s="${style}" t="inlineStr"><is><t xml:space="preserve">`);
  sheetText.writeText(sink, bytes, 0, bytes.byteLength);
  sink.ascii(textEnd);
}

/** Writes the cells of a column of one batch. @throws TesseraError not_acceptable for types that have no text. */
export function sheetCellWriter(data: Data, sink: TextSink, style?: TimestampStyle): CellWriter {
  if (data.typeId === Type.Null) return () => sink.ascii(missing);
  const write = presentWriter(data, sink, style);
  if (data.nullCount === 0) return write;
  const isValid = validRows(data);
  return (row) => (isValid(row) ? write(row) : sink.ascii(missing));
}

function presentWriter(data: Data, sink: TextSink, style: TimestampStyle | undefined): CellWriter {
  switch (data.typeId) {
    case Type.Dictionary:
      return dictionaryWriter(data, sink, style);
    case Type.Bool: {
      const bits = data.values as Uint8Array;
      const { offset } = data;
      return (row) => sink.ascii((bits[(offset + row) >> 3]! >> ((offset + row) & 7)) & 1 ? '<c t="b"><v>1</v></c>' : '<c t="b"><v>0</v></c>');
    }
    case Type.Int:
      return integerWriter(data, sink);
    case Type.Float:
      return floatWriter(data, sink);
    case Type.Decimal:
      return decimalWriter(data, sink);
    case Type.Timestamp:
      return (data.type as Timestamp).timezone ? textWriter(data, sink, style) : timestampWriter(data, sink, style);
    case Type.Date:
    case Type.Time:
    case Type.Duration:
      return timeWriter(data, sink);
    default:
      return textWriter(data, sink, style);
  }
}

function textWriter(data: Data, sink: TextSink, style?: TimestampStyle): CellWriter {
  const write = valueWriter(data, sink, sheetText, style);
  return (row) => {
    sink.ascii(textStart);
    write(row);
    sink.ascii(textEnd);
  };
}

function writeTextCell(sink: TextSink, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  sink.ascii(textStart);
  sheetText.writeText(sink, bytes, 0, bytes.byteLength);
  sink.ascii(textEnd);
}

function writeNumberCell(sink: TextSink, text: string, style = 0): void {
  sink.ascii(style === 0 ? '<c><v>' : `<c s="${style}"><v>`);
  sink.ascii(text);
  sink.ascii('</v></c>');
}

function dictionaryWriter(data: Data, sink: TextSink, style: TimestampStyle | undefined): CellWriter {
  const chunks = data.dictionary?.data ?? [];
  const writers = chunks.map((chunk) => sheetCellWriter(chunk, sink, style));
  const indices = data.values as ArrayLike<number | bigint>;
  return (row) => {
    let index = Number(indices[row]!);
    let chunk = 0;
    while (index >= chunks[chunk]!.length) index -= chunks[chunk++]!.length;
    writers[chunk]!(index);
  };
}

/** Whole numbers of more digits than a spreadsheet keeps are text. */
function integerWriter(data: Data, sink: TextSink): CellWriter {
  const values = data.values as ArrayLike<number | bigint>;
  const limit = 10 ** maxDigits;
  return (row) => {
    const value = values[row]!;
    if (value >= limit || value <= -limit) return writeTextCell(sink, String(value));
    sink.ascii('<c><v>');
    sink.integer(Number(value));
    return sink.ascii('</v></c>');
  };
}

function floatWriter(data: Data, sink: TextSink): CellWriter {
  const byteWidth = (2 << (data.type as Float).precision) as 2 | 4 | 8;
  const values = data.values as Float64Array;
  return (row) => {
    const value = byteWidth === 2 ? halfToNumber(values[row]!) : values[row]!;
    if (Number.isNaN(value)) sink.ascii(missing);
    else if (!Number.isFinite(value)) writeTextCell(sink, value > 0 ? 'inf' : '-inf');
    else writeNumberCell(sink, byteWidth === 8 ? String(value) : floatText(value, byteWidth));
  };
}

function decimalWriter(data: Data, sink: TextSink): CellWriter {
  const textOf = decimalText(data);
  return (row) => {
    const text = textOf(row);
    const digitCount = text.replace(/^-?0*\.?0*/, '').replace('.', '').length;
    if (digitCount > maxDigits) writeTextCell(sink, text);
    else writeNumberCell(sink, text);
  };
}

function serialText(days: number, secondsOfDay: number, nanoseconds: number): string {
  // To the millisecond, which is what spreadsheets show.
  const milliseconds = Math.round(secondsOfDay * 1000 + nanoseconds / 1_000_000);
  return String(days + milliseconds / (secondsPerDay * 1000));
}

function timestampWriter(data: Data, sink: TextSink, style: TimestampStyle | undefined): CellWriter {
  const moments = new Moments(data, (data.type as Timestamp).unit);
  const writeText = textWriter(data, sink, style);
  const cellStyle = style?.isDateOnly ? cellStyles.date : (style?.digits ?? 0) > 0 ? cellStyles.dateTimeMs : cellStyles.dateTime;
  return (row) => {
    moments.read(row);
    const days = Math.floor(moments.seconds / secondsPerDay);
    const serial = days + epochSerial;
    if (serial < firstSerial || serial > lastSerial) return writeText(row);
    return writeNumberCell(sink, serialText(serial, moments.seconds - days * secondsPerDay, moments.nanoseconds), cellStyle);
  };
}

/** Dates, times of day and durations. */
function timeWriter(data: Data, sink: TextSink): CellWriter {
  if (data.typeId === Type.Date) return dateWriter(data, sink);
  const moments = new Moments(data, (data.type as Time | Duration).unit);
  const style = data.typeId === Type.Time ? cellStyles.time : cellStyles.duration;
  const isTime = data.typeId === Type.Time;
  return (row) => {
    moments.read(row);
    // The last moment of a day must not become the first.
    writeNumberCell(sink, serialText(0, moments.seconds, isTime ? Math.floor(moments.nanoseconds / 1_000_000) * 1_000_000 : moments.nanoseconds), style);
  };
}

function dateWriter(data: Data, sink: TextSink): CellWriter {
  const counts = data.values as Int32Array;
  const moments = (data.type as Date_).unit === 0 ? undefined : new Moments(data, 1);
  const writeText = textWriter(data, sink);
  return (row) => {
    moments?.read(row);
    const serial = epochSerial + (moments ? Math.floor(moments.seconds / secondsPerDay) : counts[row]!);
    if (serial < firstSerial || serial > lastSerial) return writeText(row);
    return writeNumberCell(sink, String(serial), cellStyles.date);
  };
}
