// Which numpy type a column has as an array. Of text it depends on the longest value, and of integers
// and booleans on whether any is missing, so the column is looked through once.
import { TesseraError, type ScalarType } from '@tessera/domain';
import { type DataType, Type, type Data, type Date_, type Duration, type Field, type FixedSizeBinary, type Float, type Int, type RecordBatch, type Time, type Timestamp } from 'apache-arrow';
import { flattenDictionary, flattenedType } from './flatten-dictionary.ts';
import { isByteType, isTextType, validRows, valueBytes } from './value-bytes.ts';

/** How a missing text is shown. */
export const missingText = '<NA>';

/** Longest item of a column that is served as an array; every row takes as much. */
const maxItemByteLength = 2 ** 20;

const timeUnits = ['[s]', '[ms]', '[us]', '[ns]'] as const;

const little = (kind: ScalarType['kind'], itemsize: number): ScalarType => ({ kind, itemsize, endianness: itemsize === 1 ? 'not_applicable' : 'little' });
const float64 = little('f', 8);
const time = (kind: 'M' | 'm', units: string): ScalarType => ({ kind, itemsize: 8, endianness: 'little', units });

/**
 * The numpy type of a column, and how many rows it has: one pass over `batches`, in which the column is the first.
 * @throws TesseraError unsupported for lists, structs and other types that numpy has not.
 */
export async function describeColumn(field: Field, batches: AsyncIterable<RecordBatch>): Promise<{ dataType: ScalarType; rowCount: number }> {
  const scan = new ColumnScan(field);
  let rowCount = 0;
  for await (const batch of batches) {
    rowCount += batch.numRows;
    scan.add(batch.data.children[0]!);
  }
  return { dataType: scan.dataType, rowCount };
}

/** The numpy type of a column if it can be told from its Arrow type alone. */
export function columnTypeOf(field: Field): ScalarType | undefined {
  const scan = new ColumnScan(field);
  return scan.needsValues ? undefined : scan.dataType;
}

/** Looks through a column, batch by batch. */
export class ColumnScan {
  readonly #type: DataType;
  readonly #plain: ScalarType;
  readonly #isNullable: boolean;
  #hasNull = false;
  #longest = 0;

  /** @throws TesseraError unsupported. */
  constructor(field: Field) {
    this.#type = flattenedType(field.type);
    this.#plain = plainType(field.name, this.#type);
    this.#isNullable = field.nullable;
  }

  get #isBytes(): boolean {
    return isByteType(this.#type.typeId) && this.#type.typeId !== Type.FixedSizeBinary;
  }

  get needsValues(): boolean {
    return this.#isBytes || (this.#isNullable && 'biu'.includes(this.#plain.kind));
  }

  add(column: Data): void {
    if (!this.needsValues) return;
    if (column.nullCount > 0) this.#hasNull = true;
    if (!this.#isBytes) return;
    const data = flattenDictionary(column);
    if (data.nullCount > 0) this.#hasNull = true;
    const bytesOf = valueBytes(data);
    const isValid = validRows(data);
    const isText = isTextType(this.#type.typeId);
    for (let row = 0; row < data.length; row++) {
      if (!isValid(row)) continue;
      const bytes = bytesOf(row);
      if (bytes.byteLength > this.#longest) this.#longest = Math.max(this.#longest, isText ? characterCount(bytes) : bytes.byteLength);
    }
  }

  /** @throws TesseraError unsupported if a value is too long for an array of fixed-width items. */
  get dataType(): ScalarType {
    if (!this.#isBytes) return this.#hasNull && 'biu'.includes(this.#plain.kind) ? float64 : this.#plain;
    const isText = isTextType(this.#type.typeId);
    const length = Math.max(this.#longest, isText && this.#hasNull ? missingText.length : 1);
    const itemsize = isText ? length * 4 : length;
    if (itemsize > maxItemByteLength) throw new TesseraError('unsupported', `This column has a value of ${length} characters, too long for an array. Read it as part of its table.`);
    return isText ? { kind: 'U', itemsize, endianness: 'little' } : { kind: 'S', itemsize, endianness: 'not_applicable' };
  }
}

/** Characters (code points) of UTF-8 text: bytes that do not continue one. */
function characterCount(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) count++;
  return count;
}

/** Type if nothing is missing; of text and binary without its length. */
function plainType(name: string, type: DataType): ScalarType {
  switch (type.typeId) {
    case Type.Null:
    case Type.Decimal:
      return float64;
    case Type.Bool:
      return little('b', 1);
    case Type.Int: {
      const { isSigned, bitWidth } = type as Int;
      return little(isSigned ? 'i' : 'u', bitWidth / 8);
    }
    case Type.Float:
      return little('f', 2 << (type as Float).precision);
    case Type.Date:
      return time('M', (type as Date_).unit === 0 ? '[D]' : '[ms]');
    case Type.Timestamp:
      return time('M', timeUnits[(type as Timestamp).unit]!);
    case Type.Time:
      return time('m', timeUnits[(type as Time).unit]!);
    case Type.Duration:
      return time('m', timeUnits[(type as Duration).unit]!);
    case Type.FixedSizeBinary:
      return { kind: 'S', itemsize: Math.max((type as FixedSizeBinary).byteWidth, 1), endianness: 'not_applicable' };
    default:
      if (isByteType(type.typeId)) return { kind: isTextType(type.typeId) ? 'U' : 'S', itemsize: 0, endianness: 'little' };
      throw new TesseraError('unsupported', `Column ${name} of type ${type.toString()} cannot be read as an array. Read it as part of its table.`, { column: name });
  }
}
