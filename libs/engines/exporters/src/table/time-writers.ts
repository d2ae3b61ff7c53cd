// Dates, times of day, moments and differences of time as text.
import type { Data } from '@tessera/arrow';
import { Type, type Date_, type Duration, type Time, type Timestamp } from 'apache-arrow';
import { Moments, secondsPerDay } from './moments.ts';
import type { CellWriter, TextFormat } from './text-format.ts';
import type { TextSink } from './text-sink.ts';
import { dateText, fractionDigits, offsetText, zoneOffset } from './time-text.ts';
import type { TimestampStyle } from './timestamp-style.ts';

/** Days whose text is kept. */
const maxKnownDays = 50_000;

/** Writes days since the epoch; neighbours in a table are often of one day. */
function dateWriter(sink: TextSink): (days: number) => void {
  const known = new Map<number, Uint8Array>();
  let last = NaN;
  let lastText: Uint8Array = new Uint8Array(0);
  return (days) => {
    if (days !== last) {
      let text = known.get(days);
      if (text === undefined) {
        if (known.size >= maxKnownDays) known.clear();
        known.set(days, (text = Buffer.from(dateText(days), 'latin1')));
      }
      last = days;
      lastText = text;
    }
    sink.append(lastText);
  };
}

function writeClock(sink: TextSink, secondsOfDay: number): void {
  const hours = Math.floor(secondsOfDay / 3600);
  sink.digits(hours, 2);
  sink.byte(58);
  sink.digits(Math.floor(secondsOfDay / 60) % 60, 2);
  sink.byte(58);
  sink.digits(secondsOfDay % 60, 2);
}

function writeFraction(sink: TextSink, nanoseconds: number, digits: number): void {
  if (digits === 0) return;
  sink.byte(46);
  sink.digits(Math.floor(nanoseconds / 10 ** (9 - digits)), digits);
}

/** Fractions have six digits or nine. */
const wide = (digits: number) => (digits === 0 ? 0 : Math.max(digits, 6));

/** Moments of a column: in local time with the offset from UTC if it has a time zone. */
function timestampWriter(data: Data, sink: TextSink, format: TextFormat, style: TimestampStyle | undefined): CellWriter {
  const { unit, timezone } = data.type as Timestamp;
  const moments = new Moments(data, unit);
  const writeDate = dateWriter(sink);
  const offsetOf = timezone ? zoneOffset(timezone) : undefined;
  const separator = format.isJson ? 84 : 32;
  return (row) => {
    moments.read(row);
    const offset = offsetOf ? offsetOf(moments.seconds) : 0;
    const seconds = moments.seconds + offset;
    const days = Math.floor(seconds / secondsPerDay);
    sink.ascii(format.quote);
    writeDate(days);
    if (style?.isDateOnly !== true) {
      sink.byte(separator);
      writeClock(sink, seconds - days * secondsPerDay);
      writeFraction(sink, moments.nanoseconds, style?.digits ?? wide(fractionDigits(moments.nanoseconds)));
      if (offsetOf) sink.ascii(offsetText(offset));
    }
    sink.ascii(format.quote);
  };
}

/** As pandas writes a time difference: `0 days 00:00:01.500000`, `-2 days +22:58:59`. */
function durationWriter(data: Data, sink: TextSink, format: TextFormat): CellWriter {
  const moments = new Moments(data, (data.type as Duration).unit);
  return (row) => {
    moments.read(row);
    const days = Math.floor(moments.seconds / secondsPerDay);
    sink.ascii(format.quote);
    sink.integer(days);
    sink.ascii(days < 0 ? ' days +' : ' days ');
    writeClock(sink, moments.seconds - days * secondsPerDay);
    writeFraction(sink, moments.nanoseconds, wide(fractionDigits(moments.nanoseconds)));
    sink.ascii(format.quote);
  };
}

function timeOfDayWriter(data: Data, sink: TextSink, format: TextFormat): CellWriter {
  const moments = new Moments(data, (data.type as Time).unit);
  return (row) => {
    moments.read(row);
    sink.ascii(format.quote);
    writeClock(sink, moments.seconds);
    writeFraction(sink, moments.nanoseconds, wide(fractionDigits(moments.nanoseconds)));
    sink.ascii(format.quote);
  };
}

function dayWriter(data: Data, sink: TextSink, format: TextFormat): CellWriter {
  const writeDate = dateWriter(sink);
  const isDays = (data.type as Date_).unit === 0;
  const counts = data.values as Int32Array;
  const moments = isDays ? undefined : new Moments(data, 1);
  return (row) => {
    sink.ascii(format.quote);
    if (moments) {
      moments.read(row);
      writeDate(Math.floor(moments.seconds / secondsPerDay));
    } else writeDate(counts[row]!);
    sink.ascii(format.quote);
  };
}

/** Writer of a column of dates, times, timestamps or durations. `style` is that of the whole column, if it has one. */
export function timeWriter(data: Data, sink: TextSink, format: TextFormat, style: TimestampStyle | undefined): CellWriter {
  switch (data.typeId) {
    case Type.Timestamp:
      return timestampWriter(data, sink, format, style);
    case Type.Duration:
      return durationWriter(data, sink, format);
    case Type.Time:
      return timeOfDayWriter(data, sink, format);
    default:
      return dayWriter(data, sink, format);
  }
}
