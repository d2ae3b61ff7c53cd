// The tables of the demo: each partition is an Arrow IPC file, encoded when it is first read and kept for a while.
import { batchOf, makeBatch, timestampColumn, writeIpcFile, type ColumnValues, type RecordBatch, type Schema } from '@tessera/arrow';
import { LRUCache } from 'lru-cache';
import { pandasMetadata } from './pandas-metadata.ts';
import { seedOf, uniform } from './random.ts';

export interface DemoTable {
  readonly rowCount: number;
  readonly partitionCount: number;
  /** Columns of consecutive rows, the index last as pandas writes it. */
  readonly columns: (firstRow: number, rowCount: number) => Readonly<Record<string, ColumnValues>>;
}

const cacheByteLength = 8 * 2 ** 20;
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** By path. */
export const demoTables: ReadonlyMap<string, DemoTable> = new Map([
  ['tables/short_table', { rowCount: 100, partitionCount: 1, columns: mixedColumns }],
  ['tables/long_table', { rowCount: 100_000, partitionCount: 5, columns: multiples('long_table', 'ABC') }],
  ['tables/wide_table', { rowCount: 10, partitionCount: 1, columns: multiples('wide_table', letters) }],
  ['dataframes/df', { rowCount: 100, partitionCount: 3, columns: multiples('df', 'ABC') }],
]);

/** A random column, and others that are 2, 3, … times it. */
function multiples(name: string, columns: string): DemoTable['columns'] {
  const seed = seedOf(name);
  return (firstRow, rowCount) => Object.fromEntries([
    ...[...columns].map((column, index) => [column, Float64Array.from({ length: rowCount }, (_, row) => uniform(seed, firstRow + row) * (index + 1))] as const),
    ['index', indexColumn(firstRow, rowCount)],
  ]);
}

/** A column of each common kind. */
function mixedColumns(firstRow: number, rowCount: number): Readonly<Record<string, ColumnValues>> {
  const random = (column: string, row: number) => uniform(seedOf(`short_table/${column}`), firstRow + row);
  const rows = Array.from({ length: rowCount }, (_, row) => row);
  const firstDay = BigInt(Date.UTC(2025, 0, 1) / 1000);
  return {
    A: Uint8Array.from(rows, (row) => Math.floor(random('A', row) * 10)),
    B: Float64Array.from(rows, (row) => random('B', row)),
    C: rows.map((row) => {
      const letter = letters[Math.floor(random('C', row) * letters.length)]!;
      return (random('case', row) < 0.5 ? letter : letter.toLowerCase()).repeat(3);
    }),
    D: timestampColumn(BigInt64Array.from(rows, (row) => firstDay + BigInt(firstRow + row) * 86_400n), 's'),
    E: rows.map((row) => random('E', row) < 0.5),
    index: indexColumn(firstRow, rowCount),
  };
}

function indexColumn(firstRow: number, rowCount: number): BigInt64Array {
  return BigInt64Array.from({ length: rowCount }, (_, row) => BigInt(firstRow + row));
}

/** First row of a partition, and how many it has. */
export function partitionRows({ rowCount, partitionCount }: DemoTable, partition: number): { firstRow: number; rowCount: number } {
  const firstRow = Math.floor((rowCount * partition) / partitionCount);
  return { firstRow, rowCount: Math.floor((rowCount * (partition + 1)) / partitionCount) - firstRow };
}

export function schemaOf(table: DemoTable): Schema {
  return partitionBatch(table, 0).schema;
}

function partitionBatch(table: DemoTable, partition: number): RecordBatch {
  const { firstRow, rowCount } = partitionRows(table, partition);
  const { schema, data } = makeBatch(table.columns(firstRow, rowCount));
  schema.metadata.set('pandas', pandasMetadata(schema.fields, 'index'));
  return batchOf(schema, data.children, rowCount);
}

const encoded = new LRUCache<string, Promise<Uint8Array>>({ maxSize: cacheByteLength, sizeCalculation: () => 1 });

/** The Arrow IPC file of a partition; undefined if there is none at this path. */
export function tableObject(path: string): Promise<Uint8Array> | undefined {
  const [, tablePath, key] = /^(.+)\/(\d{1,6})\.arrow$/.exec(path) ?? [];
  const table = demoTables.get(tablePath ?? '');
  const partition = Number(key);
  if (!table || partition >= table.partitionCount || String(partition) !== key) return undefined;
  return encodeBatch(`${path}`, () => partitionBatch(table, partition));
}

/** A batch as an Arrow IPC file, kept under a name. */
export function encodeBatch(name: string, make: () => RecordBatch): Promise<Uint8Array> {
  const known = encoded.get(name);
  if (known) return known;
  const file = writeFile(make());
  encoded.set(name, file);
  // What it weighs is known only now.
  file.then((bytes) => encoded.set(name, file, { size: bytes.byteLength }), () => encoded.delete(name));
  return file;
}

async function writeFile(batch: RecordBatch): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeIpcFile(batch.schema, (async function* () { yield batch; })())) pieces.push(piece);
  return Buffer.concat(pieces);
}
