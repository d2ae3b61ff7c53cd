// One pass over a CSV file: the types of its columns, and byte ranges of whole records.
import { isUtf8 } from 'node:buffer';
import { TesseraError } from '@tessera/domain';
import { RecordSplitter, TypeInference, csvField, fieldBytes, type CsvEncoding, type CsvRecord, type CsvType, type Schema } from '@tessera/arrow';
import { Schema as ArrowSchema } from 'apache-arrow';
import { columnNames } from './column-names.ts';
import type { CsvParameters } from './csv-parameters.ts';

/** Bytes of a partition: it ends with the record that reaches this. */
const usualPartitionByteLength = 8 * 2 ** 20;
const maxColumnCount = 100_000;

export interface ScannedRange {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly rowCount: number;
}

export interface ScannedCsv {
  readonly schema: Schema;
  readonly types: readonly CsvType[];
  readonly encoding: CsvEncoding;
  /** At least one, which may be empty. */
  readonly ranges: readonly ScannedRange[];
}

export class CsvScan {
  readonly #parameters: CsvParameters;
  readonly #splitter: RecordSplitter;
  /** Bytes before the first record that is part of the data: a byte order mark. */
  readonly #skippedByteLength: number;
  readonly #partitionByteLength: number;
  readonly #ranges: ScannedRange[] = [];
  readonly #columns: TypeInference[] = [];
  #header: Uint8Array[] | undefined;
  /** The first rows may have a field more than the header: a column of row names. */
  #unnamedCount = 0;
  #recordCount = 0;
  #rowCount = 0;
  #rangeStart = 0;
  #rangeRowCount = 0;
  #end = 0;
  #isUtf8 = true;
  #tail: Uint8Array = new Uint8Array(0);

  constructor(parameters: CsvParameters, skippedByteLength: number, partitionByteLength = usualPartitionByteLength) {
    this.#parameters = parameters;
    this.#splitter = new RecordSplitter(parameters.delimiter.charCodeAt(0));
    this.#skippedByteLength = skippedByteLength;
    this.#partitionByteLength = partitionByteLength;
  }

  /** Takes the next bytes of the file. @throws TesseraError gone if it makes no sense. */
  push(piece: Uint8Array, isLast: boolean): void {
    if (this.#isUtf8) this.#checkUtf8(piece, isLast);
    for (const record of this.#splitter.push(piece, isLast)) {
      this.#recordCount++;
      if (this.#parameters.hasHeader && !this.#header) this.#takeHeader(record);
      else this.#takeRow(record);
      this.#end = record.endByteOffset;
    }
  }

  #takeHeader(record: CsvRecord): void {
    if (record.count > maxColumnCount) throw new TesseraError('gone', `The CSV file cannot be read: it has more than ${maxColumnCount} columns.`);
    this.#header = Array.from({ length: record.count }, (_, index) => fieldBytes(record.field(index)));
    this.#addColumns(Math.max(record.count, this.#parameters.names?.length ?? 0));
    this.#rangeStart = record.endByteOffset;
  }

  #addColumns(count: number): void {
    while (this.#columns.length < count) this.#columns.push(new TypeInference());
  }

  #takeRow(record: CsvRecord): void {
    if (this.#rowCount === 0) this.#takeFirstRow(record);
    const width = this.#columns.length;
    if (record.count > width) this.#checkSurplus(record, width);
    for (let index = 0; index < width; index++) this.#columns[index]!.add(record.field(index));
    this.#rowCount++;
    this.#rangeRowCount++;
    if (record.endByteOffset - this.#rangeStart >= this.#partitionByteLength) this.#endRange(record.endByteOffset);
  }

  #takeFirstRow(record: CsvRecord): void {
    if (!this.#header) {
      if (record.count > maxColumnCount) throw new TesseraError('gone', `The CSV file cannot be read: it has more than ${maxColumnCount} columns.`);
      this.#rangeStart = record.byteOffset;
      this.#addColumns(Math.max(record.count, this.#parameters.names?.length ?? 0));
      return;
    }
    const surplus = record.count - this.#columns.length;
    if (surplus === 1 && !isEmpty(record, record.count - 1)) {
      this.#unnamedCount = 1;
      this.#addColumns(record.count);
    }
  }

  /** More fields than columns are an error, unless they are empty: some programs end every line with a delimiter. */
  #checkSurplus(record: CsvRecord, width: number): void {
    for (let index = width; index < record.count; index++) {
      if (!isEmpty(record, index)) {
        throw new TesseraError('gone', `The CSV file cannot be read: record ${this.#recordCount} has ${record.count} fields, there are ${width} columns.`);
      }
    }
  }

  #endRange(end: number): void {
    const start = this.#rangeStart;
    this.#ranges.push({ byteOffset: this.#skippedByteLength + start, byteLength: end - start, rowCount: this.#rangeRowCount });
    this.#rangeStart = end;
    this.#rangeRowCount = 0;
  }

  /** Pieces may end within a character: its first bytes are kept for the next. */
  #checkUtf8(piece: Uint8Array, isLast: boolean): void {
    const bytes = this.#tail.byteLength > 0 ? Buffer.concat([this.#tail, piece]) : piece;
    const cut = isLast ? bytes.byteLength : endOfWholeCharacters(bytes);
    this.#isUtf8 = isUtf8(bytes.subarray(0, cut));
    this.#tail = new Uint8Array(bytes.subarray(cut));
  }

  /** @throws TesseraError gone if there was nothing. */
  finish(): ScannedCsv {
    if (this.#columns.length === 0) throw new TesseraError('gone', 'The CSV file is empty: it has no columns.');
    if (this.#rangeRowCount > 0 || this.#ranges.length === 0) this.#endRange(Math.max(this.#end, this.#rangeStart));
    const encoding = this.#isUtf8 ? 'utf-8' : 'latin-1';
    const types = this.#columns.map((column) => (this.#parameters.assumeMissing && column.type.endsWith('int64') ? 'float64' : column.type));
    const fields = this.#names(encoding).map((name, index) => csvField(name, types[index]!, this.#isNullable(index)));
    return { schema: new ArrowSchema(fields), types, encoding, ranges: this.#ranges };
  }

  #isNullable(index: number): boolean {
    return this.#columns[index]!.hasMissing || this.#rowCount === 0;
  }

  #names(encoding: CsvEncoding): string[] {
    const decoded = (this.#header ?? []).map((name) => Buffer.from(name).toString(encoding === 'utf-8' ? 'utf8' : 'latin1'));
    const given = this.#parameters.names ?? (this.#header ? [...Array.from({ length: this.#unnamedCount }, () => ''), ...decoded] : undefined);
    const header = this.#columns.map((_, index) => (given ? (given[index] ?? '') : String(index)));
    return columnNames(header);
  }
}

function isEmpty(record: CsvRecord, index: number): boolean {
  const { start, end } = record.field(index);
  return start === end;
}

/** How many bytes are whole UTF-8 characters, as far as can be told: at most three bytes are left over. */
function endOfWholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.byteLength); back++) {
    const byte = bytes[bytes.byteLength - back]!;
    if (byte < 0x80) return bytes.byteLength;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < needed ? bytes.byteLength - back : bytes.byteLength;
    }
  }
  return bytes.byteLength;
}
