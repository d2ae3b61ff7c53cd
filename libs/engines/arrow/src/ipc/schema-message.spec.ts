import { readFileSync } from 'node:fs';
import { Field, Float64, Int32, List, Schema, Struct, TimestampNanosecond, Utf8 } from 'apache-arrow';
import { decodeSchemaMessage, encodeSchemaMessage } from './schema-message.ts';

const schema = new Schema(
  [
    new Field('a', new Int32(), false),
    new Field('t', new TimestampNanosecond('Europe/Berlin'), true, new Map([['unit', 's']])),
    new Field('nested', new List(new Field('item', new Struct([new Field('x', new Utf8(), true)]), true)), true),
    new Field('', new Float64(), true),
  ],
  new Map([['pandas', '{"index_columns": ["ä", "\\u0001"]}']]),
);

it('round-trips types, nullability and metadata', () => {
  const bytes = encodeSchemaMessage(schema);
  const decoded = decodeSchemaMessage(bytes);
  expect(decoded.toString()).toBe(schema.toString());
  expect(decoded.metadata).toEqual(schema.metadata);
  expect(decoded.fields.map((field) => field.nullable)).toEqual([false, true, true, true]);
  expect(decoded.fields[1]!.metadata).toEqual(new Map([['unit', 's']]));
  expect(Buffer.from(encodeSchemaMessage(decoded))).toEqual(Buffer.from(bytes));
});

it('is marked, padded to eight bytes, and of the length that it says', () => {
  const bytes = encodeSchemaMessage(schema);
  const view = new DataView(bytes.buffer);
  expect([view.getUint32(0, true), bytes.byteLength % 8, view.getInt32(4, true) + 8]).toEqual([0xffffffff, 0, bytes.byteLength]);
});

it('refuses what is cut off at any place', () => {
  const bytes = encodeSchemaMessage(schema);
  for (let byteLength = 0; byteLength < bytes.byteLength; byteLength++) {
    expect(() => decodeSchemaMessage(bytes.subarray(0, byteLength))).toThrow(expect.objectContaining({ code: 'gone' }));
  }
});

it('refuses a schema that unfolds from a few tables into endlessly many fields', () => {
  const flatbuffer = nestedStructs(40);
  const bytes = Buffer.concat([Buffer.from(Int32Array.of(-1, flatbuffer.byteLength).buffer), flatbuffer]);
  expect(decodeSchemaMessage(Buffer.concat([Buffer.from(Int32Array.of(-1, nestedStructs(3).byteLength).buffer), nestedStructs(3)])).fields[0]!.type.children).toHaveLength(2);
  expect(() => decodeSchemaMessage(bytes)).toThrow(expect.objectContaining({ code: 'gone', message: expect.stringMatching(/too many fields/) }));
});

it('keeps the pandas metadata of a file byte for byte', () => {
  const file = readFileSync(new URL('../../../../../fixtures/arrow/pandas.arrow', import.meta.url));
  const decoded = decodeSchemaMessage(file.subarray(8));
  const pandas = decoded.metadata.get('pandas')!;
  expect(JSON.parse(pandas)).toMatchObject({ index_columns: ['row'] });
  expect(file.includes(Buffer.from(pandas))).toBe(true);
  expect(decodeSchemaMessage(encodeSchemaMessage(decoded)).metadata.get('pandas')).toBe(pandas);
});

/** A schema message whose one field has two children, which are one and the same table, and so on: 2^depth fields in little space. */
function nestedStructs(depth: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(80 + depth * 24));
  const vtable = (at: number, ...entries: number[]) => [4 + entries.length * 2, 12, ...entries].forEach((entry, i) => view.setUint16(at + i * 2, entry, true));
  const reference = (at: number, to: number) => view.setUint32(at, to - at, true);
  const [messageVtable, schemaVtable, fieldVtable, message, schema, fields, first] = [4, 14, 22, 40, 52, 64, 80] as const;
  vtable(messageVtable, 0, 4, 8); // header_type, header
  vtable(schemaVtable, 0, 8); // fields
  vtable(fieldVtable, 0, 0, 4, 0, 0, 8); // type_type, children
  reference(0, message);
  view.setInt32(message, message - messageVtable, true);
  view.setUint8(message + 4, 1);
  reference(message + 8, schema);
  view.setInt32(schema, schema - schemaVtable, true);
  reference(schema + 8, fields);
  view.setUint32(fields, 1, true);
  reference(fields + 4, first);
  for (let level = 0; level < depth; level++) {
    const table = first + level * 24;
    view.setInt32(table, table - fieldVtable, true);
    view.setUint8(table + 4, 13);
    reference(table + 8, table + 12);
    // The last has no children.
    if (level + 1 === depth) continue;
    view.setUint32(table + 12, 2, true);
    reference(table + 16, table + 24);
    reference(table + 20, table + 24);
  }
  return new Uint8Array(view.buffer);
}
