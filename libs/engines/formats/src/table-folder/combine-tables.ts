import { TesseraError, type IndexedNode, type Partition, type TableManifest } from '@tessera/domain';
import { csvField, decodeSchemaMessage, encodeSchemaMessage, flattenSchema, type CsvType, type Schema } from '@tessera/arrow';
import { Field, Schema as ArrowSchema } from 'apache-arrow';
import type { FoundTable } from '../arrow/table-node.ts';

/** One file of a table. */
export interface PartTable {
  /** For people. */
  readonly name: string;
  readonly node: IndexedNode;
  readonly manifest: TableManifest;
}

/**
 * Tables of the same columns, one below the other; what is missing in one may be missing in all. Types of CSV columns
 * become ones that hold the values of every file; others must be the same.
 * @throws TesseraError unsupported that says which file has other columns.
 */
export function combineTables(parts: readonly PartTable[]): Omit<FoundTable, 'mediaType'> {
  const [first] = parts as readonly [PartTable, ...PartTable[]];
  const schemas = parts.map(({ manifest }) => decodeSchemaMessage(manifest.schema));
  parts.forEach((part, index) => checkNames(schemas[0]!, schemas[index]!, first, part));
  if (first.manifest.decoder.name === 'csv') return combineCsv(parts, schemas);
  parts.forEach((part, index) => checkTypes(schemas[0]!, schemas[index]!, first, part));
  const schema = withNullability(schemas);
  return first.manifest.decoder.name === 'arrow' ? combineArrow(parts, schema, first.manifest) : { schema, partitions: parts.flatMap(({ manifest }) => manifest.partitions), decoder: first.manifest.decoder };
}

function checkNames(expected: Schema, found: Schema, first: PartTable, part: PartTable): void {
  const names = (schema: Schema) => schema.fields.map((field) => field.name);
  if (JSON.stringify(names(expected)) === JSON.stringify(names(found))) return;
  const differing = names(found).find((name, index) => name !== expected.fields[index]?.name) ?? names(expected)[found.fields.length]!;
  throw new TesseraError('unsupported', `The files of the folder do not make one table: the columns of ${part.name} are not those of ${first.name}; see "${differing}".`);
}

function checkTypes(expected: Schema, found: Schema, first: PartTable, part: PartTable): void {
  expected.fields.forEach((field, index) => {
    const other = found.fields[index]!;
    if (String(other.type) === String(field.type)) return;
    throw new TesseraError('unsupported', `The files of the folder do not make one table: column "${field.name}" is ${String(field.type)} in ${first.name} and ${String(other.type)} in ${part.name}.`);
  });
}

function withNullability([first, ...others]: readonly Schema[]): Schema {
  const fields = first!.fields.map((field, index) => new Field(field.name, field.type, field.nullable || others.some((schema) => schema.fields[index]!.nullable), field.metadata));
  return new ArrowSchema(fields, first!.metadata);
}

/** Each file has dictionaries of its own: their columns are published with the type of their values. */
function combineArrow(parts: readonly PartTable[], schema: Schema, { decoder, schema: stored }: TableManifest): Omit<FoundTable, 'mediaType'> {
  const dictionariesOf = ({ manifest }: PartTable) => (manifest.decoder.configuration as { readonly dictionaries: readonly unknown[] }).dictionaries;
  if (parts.every((part) => dictionariesOf(part).length === 0)) return { schema, partitions: parts.flatMap(({ manifest }) => manifest.partitions), decoder };
  // Writers may number dictionaries as they like.
  const schemaDetail = ({ manifest }: PartTable) => (Buffer.compare(manifest.schema, stored) === 0 ? {} : { schema: manifest.schema });
  const partitions = parts.flatMap((part) => part.manifest.partitions.map((partition) => ({ ...partition, detail: { ...partition.detail, dictionaries: dictionariesOf(part), ...schemaDetail(part) } })));
  return { schema: flattenSchema(schema), partitions, decoder: { name: 'arrow-flat', configuration: { schema: stored } } };
}

interface CsvConfiguration {
  readonly delimiter: string;
  readonly encoding: string;
  readonly types: readonly CsvType[];
}

function combineCsv(parts: readonly PartTable[], schemas: readonly Schema[]): Omit<FoundTable, 'mediaType'> {
  const configurations = parts.map(({ manifest }) => manifest.decoder.configuration as unknown as CsvConfiguration);
  const nullable = withNullability(schemas);
  // A file without rows says nothing of types.
  const telling = configurations.filter((_, index) => parts[index]!.manifest.partitions.some(({ rowCount }) => rowCount > 0));
  const types = nullable.fields.map((_, index) => (telling.length > 0 ? telling : configurations).map((one) => one.types[index]!).reduce(commonType));
  const schema = new ArrowSchema(nullable.fields.map((field, index) => csvField(field.name, types[index]!, field.nullable)));
  const partitions = parts.flatMap(({ manifest }, index) => manifest.partitions.map((partition): Partition => ({ ...partition, detail: { ...partition.detail, ...writtenAs(configurations[index]!) } })));
  return { schema, schemaMessage: encodeSchemaMessage(schema), partitions, decoder: { name: 'csv', configuration: { ...configurations[0], types } } };
}

const writtenAs = ({ delimiter, encoding }: CsvConfiguration) => ({ delimiter, encoding });

const numbers: readonly CsvType[] = ['int64', 'uint64', 'float64'];
const localTimes: readonly CsvType[] = ['date32', 'timestamp[s]'];

/** A type that takes every text that one of both takes. */
function commonType(a: CsvType, b: CsvType): CsvType {
  if (a === b) return a;
  if (numbers.includes(a) && numbers.includes(b)) return 'float64';
  return localTimes.includes(a) && localTimes.includes(b) ? 'timestamp[s]' : 'utf8';
}
