import { TesseraError, isTesseraError } from '@tessera/domain';
import { Field, Message, Schema } from 'apache-arrow';
import { Footer } from 'apache-arrow/ipc/metadata/file';
import { damaged } from './damaged.ts';
import { encapsulated } from './encapsulated.ts';
import { FlatTable } from './flatbuffer.ts';
import { readMessagePrefix } from './message.ts';

const maxFieldCount = 200_000;
const maxNesting = 64;
/** Digits of a 256-bit decimal. */
const maxDecimalDigits = 76;
/** Type numbers of Schema.fbs that are read here; 22 is run-end encoded, 25 and 26 are list views. */
const maxTypeNumber = 24;
const unreadTypes = new Map([[22, 'run-end encoded'], [25, 'list view'], [26, 'large list view']]);

/** Encapsulated schema message, as pyarrow's `Schema.serialize()`: marker, length, flatbuffer padded to 8 bytes. */
export function encodeSchemaMessage(schema: Schema): Uint8Array {
  return encapsulated(Message.encode(Message.from(schema)));
}

/**
 * The inverse of `encodeSchemaMessage`; takes messages from outside.
 * @throws TesseraError gone if it is damaged, unsupported for types that cannot be read.
 */
export function decodeSchemaMessage(bytes: Uint8Array): Schema {
  const prefix = readMessagePrefix(bytes);
  if (!prefix || prefix.prefixByteLength + prefix.headerByteLength > bytes.byteLength) throw damaged('the schema is cut off');
  const header = bytes.subarray(prefix.prefixByteLength, prefix.prefixByteLength + prefix.headerByteLength);
  checkSchema(header);
  try {
    // A copy: apache-arrow keeps views, and the caller's buffer may be large or reused.
    const message = Message.decode(new Uint8Array(header));
    return named(message.header() as Schema);
  } catch (error) {
    throw isTesseraError(error) ? error : damaged('the schema does not make sense', error);
  }
}

/** The schema in the footer of a file, for files that do not start with one. @throws as `decodeSchemaMessage`. */
export function decodeFooterSchema(footer: Uint8Array): Schema {
  const schema = FlatTable.root(footer).table(1);
  if (!schema) throw damaged('the file has no schema');
  checkSchemaTable(schema);
  try {
    return named(Footer.decode(new Uint8Array(footer)).schema);
  } catch (error) {
    throw isTesseraError(error) ? error : damaged('the schema does not make sense', error);
  }
}

/** Columns whose name was left out have an empty one. */
function named(schema: Schema): Schema {
  if (schema.fields.every((field) => typeof field.name === 'string')) return schema;
  return new Schema(schema.fields.map((field) => new Field(field.name ?? '', field.type, field.nullable, field.metadata)), schema.metadata, schema.dictionaries);
}

function checkSchema(header: Uint8Array): void {
  const message = FlatTable.root(header);
  const schema = message.uint8(1) === 1 ? message.table(2) : undefined;
  if (!schema) throw damaged('it does not start with a schema');
  checkSchemaTable(schema);
  checkMetadata(message, 4, { left: maxFieldCount });
}

/** Walks all that apache-arrow will walk, with checked offsets and a bound on how much there is. */
function checkSchemaTable(schema: FlatTable): void {
  if (schema.int16(0) !== 0) throw new TesseraError('unsupported', 'Arrow data in big-endian byte order cannot be read.');
  // Tables may be shared, so that a small buffer unfolds into a huge tree: count visits, not bytes.
  const visits = { left: maxFieldCount };
  for (const field of schema.tables(1)) checkField(field, 0, visits);
  checkMetadata(schema, 2, visits);
}

function checkField(field: FlatTable, depth: number, visits: { left: number }): void {
  if (--visits.left < 0 || depth > maxNesting) throw damaged('it has too many fields');
  field.checkString(0);
  const typeNumber = field.uint8(2);
  if (unreadTypes.has(typeNumber)) throw new TesseraError('unsupported', `Arrow columns of type ${unreadTypes.get(typeNumber)} cannot be read.`);
  if (typeNumber > maxTypeNumber) throw new TesseraError('unsupported', `Arrow columns of type number ${typeNumber} cannot be read.`);
  const type = field.table(3);
  if (type) checkType(typeNumber, type);
  const dictionary = field.table(4);
  if (dictionary) {
    dictionary.size(0);
    const indexType = dictionary.table(1);
    if (indexType) checkOneOf(indexType.int32(0), [8, 16, 32, 64]);
  }
  const children: FlatTable[] = [];
  for (const child of field.tables(5)) {
    checkField(child, depth + 1, visits);
    children.push(child);
  }
  const hasElements = [12, 16, 17, 21].includes(typeNumber);
  if (hasElements && children.length !== 1) throw damaged('a list does not have one kind of element');
  const isMap = typeNumber === 17;
  if (isMap && (children[0]!.uint8(2) !== 13 || [...children[0]!.tables(5)].length !== 2)) throw damaged('a map does not have keys and values');
  checkMetadata(field, 6, visits);
}

function checkType(typeNumber: number, type: FlatTable): void {
  switch (typeNumber) {
    case 2: // Int: bitWidth
      return checkOneOf(type.int32(0), [8, 16, 32, 64]);
    case 3: // FloatingPoint: precision
      return checkOneOf(type.int16(0), [0, 1, 2]);
    case 7: // Decimal: precision, scale, bitWidth
      checkOneOf(type.int32(2, 128), [32, 64, 128, 256]);
      // Powers of ten are made of it.
      if (Math.abs(type.int32(1)) > maxDecimalDigits) throw damaged('a decimal has an impossible scale');
      return;
    case 8: // Date: unit
      return checkOneOf(type.int16(0, 1), [0, 1]);
    case 9: // Time: unit, bitWidth
      checkOneOf(type.int16(0, 1), [0, 1, 2, 3]);
      return checkOneOf(type.int32(1, 32), [type.int16(0, 1) < 2 ? 32 : 64]);
    case 11: // Interval: unit
      return checkOneOf(type.int16(0), [0, 1, 2]);
    case 14: // Union: mode, typeIds
      type.vectorLength(1, 4);
      return checkOneOf(type.int16(0), [0, 1]);
    case 15: // FixedSizeBinary: byteWidth
    case 16: // FixedSizeList: listSize
      if (type.int32(0) < 0) throw damaged('a fixed size is negative');
      return;
    case 10: // Timestamp: unit, timezone
      type.checkString(1);
      return checkOneOf(type.int16(0), [0, 1, 2, 3]);
    case 18: // Duration: unit
      return checkOneOf(type.int16(0, 1), [0, 1, 2, 3]);
  }
}

function checkOneOf(value: number, allowed: readonly number[]): void {
  if (!allowed.includes(value)) throw damaged('a type has an impossible width or unit');
}

function checkMetadata(owner: FlatTable, slot: number, visits: { left: number }): void {
  for (const pair of owner.tables(slot)) {
    if (--visits.left < 0) throw damaged('it has too much metadata');
    pair.checkString(0);
    pair.checkString(1);
  }
}
