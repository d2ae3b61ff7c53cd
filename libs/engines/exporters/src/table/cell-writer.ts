// The cells of a column as text, one after the other.
import { TesseraError } from '@tessera/domain';
import { decimalText, isByteType, isTextType, validRows, type Data } from '@tessera/arrow';
import { Type, type DataType, type Decimal, type Float } from 'apache-arrow';
import { byteRanges, dataUri } from './byte-ranges.ts';
import { intervalText } from './interval-text.ts';
import { isNested, nestedWriter } from './nested-writer.ts';
import { floatText, halfToNumber } from './number-text.ts';
import type { CellWriter, TextFormat } from './text-format.ts';
import type { TextSink } from './text-sink.ts';
import { timeWriter } from './time-writers.ts';
import type { TimestampStyle } from './timestamp-style.ts';

/** Below this, by the bytes of a float, a whole number's digits are the fewest that give it again. */
const plainInteger = { 2: 2 ** 11, 4: 2 ** 24, 8: 2 ** 50 } as const;

/** Writer of a column of one batch. @throws TesseraError not_acceptable for types that have no text. */
export function cellWriter(data: Data, sink: TextSink, format: TextFormat, style?: TimestampStyle): CellWriter {
  const missing = format.missing(data.type as DataType);
  if (data.typeId === Type.Null) return () => sink.ascii(missing);
  const write = valueWriter(data, sink, format, style);
  if (data.nullCount === 0) return write;
  const isValid = validRows(data);
  return (row) => (isValid(row) ? write(row) : sink.ascii(missing));
}

/** Writer of values that are not missing. */
export function valueWriter(data: Data, sink: TextSink, format: TextFormat, style?: TimestampStyle): CellWriter {
  if (isByteType(data.typeId)) return bytesWriter(data, sink, format);
  switch (data.typeId) {
    case Type.Dictionary:
      return dictionaryWriter(data, sink, format, style);
    case Type.Bool:
      return boolWriter(data, sink, format);
    case Type.Int:
      return integerWriter(data, sink);
    case Type.Float:
      return floatWriter(data, sink, format);
    case Type.Decimal:
      return decimalWriter(data, sink);
    case Type.Date:
    case Type.Time:
    case Type.Duration:
    case Type.Timestamp:
      return timeWriter(data, sink, format, style);
    case Type.Interval: {
      const textOf = intervalText(data);
      return (row) => sink.ascii(`${format.quote}${textOf(row)}${format.quote}`);
    }
    default:
      if (isNested(data.typeId)) return nestedWriter(data, sink, format, cellWriter);
      throw new TesseraError('not_acceptable', `Columns of type ${String(data.type)} cannot be written in this format. Ask for an Arrow file.`);
  }
}

/** Values of the dictionary, which has a chunk for itself and one for each delta, are written from where they are. */
function dictionaryWriter(data: Data, sink: TextSink, format: TextFormat, style: TimestampStyle | undefined): CellWriter {
  const chunks = data.dictionary?.data ?? [];
  const writers = chunks.map((chunk) => cellWriter(chunk, sink, format, style));
  const indices = data.values as ArrayLike<number | bigint>;
  const [only] = writers;
  if (writers.length === 1) return (row) => only!(Number(indices[row]!));
  return (row) => {
    let index = Number(indices[row]!);
    let chunk = 0;
    while (index >= chunks[chunk]!.length) index -= chunks[chunk++]!.length;
    writers[chunk]!(index);
  };
}

function boolWriter(data: Data, sink: TextSink, { isJson }: TextFormat): CellWriter {
  const bits = data.values as Uint8Array;
  const { offset } = data;
  const [no, yes] = isJson ? ['false', 'true'] : ['False', 'True'];
  return (row) => sink.ascii((bits[(offset + row) >> 3]! >> ((offset + row) & 7)) & 1 ? yes : no);
}

function integerWriter(data: Data, sink: TextSink): CellWriter {
  const { values } = data;
  if (!(values instanceof BigInt64Array) && !(values instanceof BigUint64Array)) {
    const numbers = values as Int32Array;
    return (row) => sink.integer(numbers[row]!);
  }
  // Two words are quicker to look at than a big integer is to make.
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const isSigned = values instanceof BigInt64Array;
  return (row) => {
    const word = words[row * 2 + 1]!;
    const high = isSigned ? word | 0 : word;
    if (high >= -0x20_0000 && high < 0x20_0000) sink.integer(high * 2 ** 32 + words[row * 2]!);
    else sink.ascii(String(values[row]!));
  };
}

function floatWriter(data: Data, sink: TextSink, format: TextFormat): CellWriter {
  const byteWidth = (2 << (data.type as Float).precision) as 2 | 4 | 8;
  const plain = plainInteger[byteWidth];
  const values = data.values as Float64Array;
  const missing = format.missing(data.type as DataType);
  return (row) => {
    const value = byteWidth === 2 ? halfToNumber(values[row]!) : values[row]!;
    if (value !== 0 && value < plain && value > -plain && Math.floor(value) === value) {
      sink.integer(value);
      sink.ascii('.0');
    } else if (Number.isNaN(value) || (format.isJson && !Number.isFinite(value))) sink.ascii(missing);
    else sink.ascii(floatText(value, byteWidth));
  };
}

function decimalWriter(data: Data, sink: TextSink): CellWriter {
  const textOf = decimalText(data);
  const { scale } = data.type as Decimal;
  const words = data.values as Uint32Array;
  const { stride } = data;
  if (scale < 0 || scale > 9 || stride < 2) return (row) => sink.ascii(textOf(row));
  const unit = 10 ** scale;
  return (row) => {
    const at = row * stride;
    const high = words[at + 1]! | 0;
    const sign = high < 0 ? 0xffff_ffff : 0;
    let isShort = high >= -0x20_0000 && high < 0x20_0000;
    for (let i = at + 2; i < at + stride; i++) if (words[i] !== sign) isShort = false;
    if (!isShort) return sink.ascii(textOf(row));
    const value = high * 2 ** 32 + words[at]!;
    const size = Math.abs(value);
    const whole = Math.floor(size / unit);
    if (value < 0) sink.byte(45);
    sink.integer(whole);
    if (scale === 0) return undefined;
    sink.byte(46);
    return sink.digits(size - whole * unit, scale);
  };
}

/** Text as it is; bytes as a data URI. */
function bytesWriter(data: Data, sink: TextSink, format: TextFormat): CellWriter {
  const ranges = byteRanges(data);
  if (isTextType(data.typeId)) {
    return (row) => {
      ranges.locate(row);
      format.writeText(sink, ranges.bytes, ranges.start, ranges.end);
    };
  }
  return (row) => {
    ranges.locate(row);
    const uri = dataUri(ranges);
    format.writeText(sink, uri, 0, uri.byteLength);
  };
}
