// One pass over lines of JSON: the columns and their types, and byte ranges of whole lines.
import { TesseraError } from '@tessera/domain';
import { JsonInference, LineSplitter, parseLine, type Schema, type TextLine } from '@tessera/arrow';
import { Field, Schema as ArrowSchema } from 'apache-arrow';

/** Bytes of a partition: it ends with the line that reaches this. */
const usualPartitionByteLength = 8 * 2 ** 20;
const maxColumnCount = 10_000;

interface ScannedRange {
  byteOffset: number;
  byteLength: number;
  rowCount: number;
}

export class JsonlScan {
  readonly #splitter = new LineSplitter();
  readonly #columns = new Map<string, JsonInference>();
  readonly #ranges: ScannedRange[] = [];
  /** Bytes of the file before the first line: a byte order mark. */
  readonly #skippedByteLength: number;
  readonly #partitionByteLength: number;
  #lineCount = 0;
  #rowCount = 0;
  #rangeStart = 0;
  #end = 0;

  constructor(skippedByteLength: number, partitionByteLength = usualPartitionByteLength) {
    this.#skippedByteLength = skippedByteLength;
    this.#partitionByteLength = partitionByteLength;
  }

  /** Takes the next bytes of the file. @throws TesseraError gone if it makes no sense. */
  push(piece: Uint8Array, isLast: boolean): void {
    for (const line of this.#splitter.push(piece, isLast)) {
      this.#lineCount++;
      const row = this.#parse(line);
      this.#end = line.endByteOffset;
      if (!row) continue;
      this.#rowCount++;
      for (const [name, value] of Object.entries(row)) this.#column(name).add(value);
      if (this.#end - this.#rangeStart >= this.#partitionByteLength) this.#endRange();
    }
  }

  #parse({ bytes }: TextLine): Readonly<Record<string, unknown>> | undefined {
    try {
      return parseLine(bytes);
    } catch (cause) {
      throw new TesseraError('gone', `The file cannot be read: line ${this.#lineCount} is not a JSON object in UTF-8. Each line must be one, as in {"a": 1}.`, {}, { cause });
    }
  }

  #column(name: string): JsonInference {
    let column = this.#columns.get(name);
    if (!column) {
      if (this.#columns.size === maxColumnCount) throw new TesseraError('gone', `The file cannot be read: its lines have more than ${maxColumnCount} different keys.`);
      this.#columns.set(name, (column = new JsonInference()));
    }
    return column;
  }

  #endRange(): void {
    this.#ranges.push({ byteOffset: this.#skippedByteLength + this.#rangeStart, byteLength: this.#end - this.#rangeStart, rowCount: this.#rowCount });
    this.#rangeStart = this.#end;
    this.#rowCount = 0;
  }

  /** At least one range, which may be empty. @throws TesseraError gone if there was nothing. */
  finish(): { readonly schema: Schema; readonly ranges: readonly Readonly<ScannedRange>[] } {
    if (this.#columns.size === 0) throw new TesseraError('gone', 'The file has no columns: there is no key in any of its lines.');
    if (this.#rowCount > 0 || this.#ranges.length === 0) this.#endRange();
    return { schema: new ArrowSchema([...this.#columns].map(([name, column]) => new Field(name, column.type, true))), ranges: this.#ranges };
  }
}
