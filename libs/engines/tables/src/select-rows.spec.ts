// Row ranges and filters over the same rows stored as Parquet, Arrow and CSV, against a naive reading.
import { createRequire } from 'node:module';
import type { ByteStore, TableFilter, TableManifest } from '@tessera/domain';
import { closeColumnThreads, closeParquet, describeParquet, encodeSchemaMessage, flattenSchema, makeBatch, readIpcFileLayout, sliceBatch, writeIpcFile, writeIpcStream, type RecordBatch } from '@tessera/arrow';
import fc from 'fast-check';
import type * as ParquetWasm from 'parquet-wasm';
import { openTable, type Table } from './open-table.ts';

const { Compression, EnabledStatistics, Table: WasmTable, WriterPropertiesBuilder, WriterVersion, writeParquet } = createRequire(import.meta.url)('parquet-wasm/node') as typeof ParquetWasm;

afterAll(() => Promise.all([closeParquet(), closeColumnThreads()]));

/** A row: counting up, a float, a text, a truth value. */
type Row = Readonly<Record<string, bigint | number | string | boolean | null>>;

interface Source {
  readonly table: Table;
  readonly store: { byteCount: number };
  readonly partitionRowCounts: readonly number[];
}

const uri = 'memory:it';

function storeOf(bytes: Uint8Array): ByteStore & { byteCount: number } {
  return {
    byteCount: 0,
    async read(_uri, range) {
      this.byteCount += range!.byteLength!;
      return bytes.subarray(range!.byteOffset, range!.byteOffset + range!.byteLength!);
    },
    stat: async () => ({ uri, isDirectory: false, byteLength: bytes.byteLength }),
    list: () => (async function* () {})(),
  };
}

function batchOfRows(rows: readonly Row[]): RecordBatch {
  const column = (name: string) => rows.map((row) => row[name]!);
  const batch = makeBatch({
    i: BigInt64Array.from(column('i') as bigint[]), f: Float64Array.from(column('f') as number[]), t: column('t') as (string | null)[], b: [...(column('b') as (boolean | null)[])],
  });
  return batch;
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(pieces));
}

/** A schema that says that texts and truth values may be missing, whether they are or not. */
const example = batchOfRows([{ i: 1n, f: 1, t: 'a', b: true }, { i: 2n, f: 2, t: null, b: null }]);
const fit = (rows: readonly Row[]) => sliceBatch(batchOfRows([...rows, { i: 0n, f: 0, t: null, b: null }, { i: 0n, f: 0, t: 'x', b: true }]), 0, rows.length);

interface Layout {
  readonly groupRowCount: number;
  readonly compression: number;
  readonly isVersion2: boolean;
  readonly hasDictionary: boolean;
  readonly statistics: number;
}

async function asParquet(rows: readonly Row[], layout: Layout): Promise<Source> {
  const ipc = await joined(writeIpcStream(example.schema, (async function* () { yield fit(rows); })()));
  const properties = new WriterPropertiesBuilder().setMaxRowGroupSize(layout.groupRowCount).setCompression(layout.compression).setDictionaryEnabled(layout.hasDictionary)
    .setWriterVersion(layout.isVersion2 ? WriterVersion.V2 : WriterVersion.V1).setStatisticsEnabled(layout.statistics).setDataPageSizeLimit(256).setWriteBatchSize(16).build();
  const bytes = writeParquet(WasmTable.fromIPCStream(ipc), properties);
  const store = storeOf(bytes);
  const { schema, rowGroups } = await describeParquet({ byteLength: bytes.byteLength, read: async (at, n) => bytes.subarray(at, at + n) });
  const partitions = rowGroups.map(({ rowCount, byteLength }, rowGroup) => ({ uri, byteOffset: 0, byteLength, rowCount, detail: { rowGroup } }));
  const manifest: TableManifest = { kind: 'table', schema: encodeSchemaMessage(flattenSchema(schema)), partitions, decoder: { name: 'parquet' }, sources: [{ uri, byteLength: bytes.byteLength }] };
  return { table: openTable(manifest, store), store, partitionRowCounts: rowGroups.map(({ rowCount }) => rowCount) };
}

async function asArrow(rows: readonly Row[], { groupRowCount }: Layout): Promise<Source> {
  const bytes = await joined(writeIpcFile(example.schema, (async function* () {
    for (let at = 0; at < rows.length; at += groupRowCount) yield fit(rows.slice(at, at + groupRowCount));
  })()));
  const layout = await readIpcFileLayout(bytes.byteLength, async (at, n) => bytes.subarray(at, at + n));
  const rowCounts = layout.batches.map((_, i) => Math.min(groupRowCount, rows.length - i * groupRowCount));
  // Two batches a partition.
  const partitions = rowCounts.flatMap((_, i) => (i % 2 ? [] : [{
    uri, byteOffset: 0, byteLength: bytes.byteLength, rowCount: rowCounts[i]! + (rowCounts[i + 1] ?? 0),
    detail: { batches: layout.batches.slice(i, i + 2).map((block) => [block.byteOffset, block.headerByteLength, block.bodyByteLength]) },
  }]));
  const store = storeOf(bytes);
  const manifest: TableManifest = { kind: 'table', schema: encodeSchemaMessage(example.schema), partitions, decoder: { name: 'arrow' }, sources: [{ uri, byteLength: bytes.byteLength }] };
  return { table: openTable(manifest, store), store, partitionRowCounts: partitions.map(({ rowCount }) => rowCount) };
}

async function asCsv(rows: readonly Row[], { groupRowCount }: Layout): Promise<Source> {
  const lines = rows.map(({ i, f, t, b }) => `${i},${Object.is(f, -0) ? '-0' : String(f)},${t === null ? '' : `"${(t as string).replaceAll('"', '""')}"`},${b === null ? '' : b}\n`);
  const partitions = [];
  let byteOffset = 0;
  for (let at = 0; at < rows.length; at += groupRowCount) {
    const text = lines.slice(at, at + groupRowCount);
    const byteLength = Buffer.byteLength(text.join(''));
    partitions.push({ uri, byteOffset, byteLength, rowCount: text.length });
    byteOffset += byteLength;
  }
  const store = storeOf(Buffer.from(lines.join('')));
  const configuration = { delimiter: ',', encoding: 'utf-8', types: ['int64', 'float64', 'utf8', 'bool'] };
  const manifest: TableManifest = { kind: 'table', schema: encodeSchemaMessage(example.schema), partitions, decoder: { name: 'csv', configuration }, sources: [] };
  return { table: openTable(manifest, store), store, partitionRowCounts: partitions.map(({ rowCount }) => rowCount) };
}

const layouts: fc.Arbitrary<Layout> = fc.record({
  groupRowCount: fc.integer({ min: 1, max: 80 }), isVersion2: fc.boolean(), hasDictionary: fc.boolean(),
  compression: fc.constantFrom(Compression.UNCOMPRESSED, Compression.SNAPPY, Compression.GZIP, Compression.ZSTD, Compression.LZ4_RAW, Compression.BROTLI),
  statistics: fc.constantFrom(EnabledStatistics.None, EnabledStatistics.Chunk, EnabledStatistics.Page),
});
const texts = ['a', 'b', 'é', 'longer than twelve', '\u{1F600}'];
const rowsOf: fc.Arbitrary<Row[]> = fc.array(fc.record({
  step: fc.constantFrom(0, 1, 5), f: fc.constantFrom(NaN, 0, -0, 1.5, -2, 1e300), t: fc.constantFrom(...texts, null), b: fc.constantFrom(true, false, null),
}), { minLength: 1, maxLength: 300 }).map((steps) => {
  let i = -20n;
  return steps.map(({ step, f, t, b }) => ({ i: (i += BigInt(step)), f, t, b }));
});

const ops = fc.constantFrom('eq' as const, 'ne' as const, 'lt' as const, 'le' as const, 'gt' as const, 'ge' as const);
const values = { i: fc.integer({ min: -25, max: 600 }), f: fc.constantFrom(0, 1.5, -2, 1, 'NaN', 1e301), t: fc.constantFrom(...texts, 'zz', ''), b: fc.boolean() };
const conditions = Object.entries(values).map(([column, value]) => fc.oneof(
  fc.record({ column: fc.constant(column), op: ops, value: value as fc.Arbitrary<string | number | boolean> }),
  fc.record({ column: fc.constant(column), op: fc.constantFrom('in' as const, 'notin' as const), values: fc.array(value as fc.Arbitrary<string | number | boolean>, { maxLength: 6 }) }),
  fc.record({ column: fc.constant(column), op: fc.constantFrom('isnull' as const, 'notnull' as const) }),
));
const filters = fc.letrec<{ filter: TableFilter }>((tie) => ({
  filter: fc.oneof({ maxDepth: 3 }, ...(conditions as fc.Arbitrary<TableFilter>[]), fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }), fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }), fc.record({ not: tie('filter') })),
})).filter;

/** True, false, or null where it is unknown. */
function truth(filter: TableFilter, row: Row): boolean | null {
  if ('and' in filter) {
    const parts = filter.and.map((part) => truth(part, row));
    return parts.includes(false) ? false : parts.includes(null) ? null : true;
  }
  if ('or' in filter) {
    const parts = filter.or.map((part) => truth(part, row));
    return parts.includes(true) ? true : parts.includes(null) ? null : false;
  }
  if ('not' in filter) {
    const part = truth(filter.not, row);
    return part === null ? null : !part;
  }
  const value = row[filter.column]!;
  if (filter.op === 'isnull' || filter.op === 'notnull') return (value === null) === (filter.op === 'isnull');
  if (filter.op === 'in' || filter.op === 'notin') {
    if (filter.values.length === 0) return filter.op === 'notin';
    if (value === null) return null;
    return filter.values.some((each) => compared('eq', value, each)) === (filter.op === 'in');
  }
  return value === null ? null : compared(filter.op, value, (filter as { value: string | number | boolean }).value);
}

function compared(op: string, value: bigint | number | string | boolean, given: string | number | boolean): boolean {
  const [a, b] = typeof value === 'string' ? [Buffer.from(value).toString('latin1'), Buffer.from(given as string).toString('latin1')] : [Number(value), Number(given)];
  return { eq: a === b, ne: a !== b, lt: a < b, le: a <= b, gt: a > b, ge: a >= b }[op]!;
}

async function read(table: Table, selection: Parameters<Table['batches']>[0]): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  for await (const batch of table.batches(selection)) {
    expect(batch.numRows).toBeGreaterThan(0);
    for (let row = 0; row < batch.numRows; row++) rows.push(batch.data.children.map((_, column) => batch.getChildAt(column)!.get(row) as unknown));
  }
  return rows;
}

describe.each([['Parquet', asParquet], ['Arrow', asArrow], ['CSV', asCsv]] as const)('rows of %s', (name, store) => {
  it('are those that a naive reading selects', async () => {
    // A NaN of CSV is a missing value.
    const stored = name === 'CSV' ? rowsOf.map((rows) => rows.map((row) => (Number.isNaN(row['f']) ? { ...row, f: 2 } : row))) : rowsOf;
    const request = fc.record({
      rows: fc.option(fc.tuple(fc.nat(320), fc.option(fc.nat(320), { nil: undefined })), { nil: undefined }),
      filter: fc.option(filters, { nil: undefined }),
      columns: fc.option(fc.uniqueArray(fc.constantFrom('i', 'f', 't', 'b'), { minLength: 1 }), { nil: undefined }),
      partitions: fc.option(fc.tuple(fc.nat(5), fc.nat(5)), { nil: undefined }),
    });
    await fc.assert(fc.asyncProperty(stored, layouts, fc.array(request, { minLength: 1, maxLength: 6 }), async (rows, layout, requests) => {
      const source = await store(rows, layout);
      for (const { rows: range, filter, columns, partitions: wanted } of requests) {
        const partitionCount = source.partitionRowCounts.length;
        const partitions = wanted && { start: Math.min(wanted[0], partitionCount - 1), stop: Math.min(wanted[0] + wanted[1] + 1, partitionCount) };
        const before = (count: number) => source.partitionRowCounts.slice(0, count).reduce((sum, each) => sum + each, 0);
        const inPartitions = partitions ? rows.slice(before(partitions.start), before(partitions.stop)) : rows;
        const inRange = range ? inPartitions.slice(range[0], range[1] ?? Infinity) : inPartitions;
        const expected = inRange.filter((row) => !filter || truth(filter, row) === true).map((row) => (columns ?? ['i', 'f', 't', 'b']).map((column) => row[column]));
        const selection = { columns, partitions, filter, ...(range ? { rows: { start: range[0], ...(range[1] === undefined ? {} : { stop: range[1] }) } } : {}) };
        expect(await read(source.table, selection)).toEqual(expected);
      }
    }), { numRuns: name === 'Parquet' ? 120 : 60 });
  });
});

describe('of Parquet', () => {
  const rows = Array.from({ length: 80_000 }, (_, i) => ({ i: BigInt(i), f: (i * 7919) % 80_000 / 3, t: `row ${(i * 104_729) % 80_000}`, b: i % 2 === 0 }));
  const layout = { groupRowCount: 20_000, compression: Compression.UNCOMPRESSED, isVersion2: false, hasDictionary: false, statistics: EnabledStatistics.Page };
  const bytesFor = async ({ table, store }: Source, selection: Parameters<Table['batches']>[0]) => {
    await read(table, { rows: { start: 0, stop: 1 } });
    const before = store.byteCount;
    const found = await read(table, selection);
    return { count: found.length, byteCount: store.byteCount - before };
  };

  it('row groups that a filter excludes are not read', async () => {
    const source = await asParquet(rows, { ...layout, statistics: EnabledStatistics.Chunk });
    const all = await bytesFor(source, {});
    expect(await bytesFor(source, { filter: { column: 'i', op: 'lt', value: 0 } })).toEqual({ count: 0, byteCount: 0 });
    const one = await bytesFor(source, { filter: { column: 'i', op: 'in', values: [26_000, 26_001] } });
    expect(one.count).toBe(2);
    expect(one.byteCount).toBeLessThan(all.byteCount * 0.3);
    expect(await bytesFor(source, { filter: { column: 'b', op: 'isnull' } })).toEqual({ count: 0, byteCount: 0 });
  });

  it('pages that hold none of the rows are not read', async () => {
    const source = await asParquet(rows, layout);
    const all = await bytesFor(source, {});
    const some = await bytesFor(source, { filter: { and: [{ column: 'i', op: 'ge', value: 31_100 }, { column: 'i', op: 'lt', value: 31_120 }] } });
    expect(some.count).toBe(20);
    expect(some.byteCount).toBeLessThan(all.byteCount * 0.1);
    const range = await bytesFor(source, { rows: { start: 52_345, stop: 52_350 } });
    expect(range.count).toBe(5);
    expect(range.byteCount).toBeLessThan(all.byteCount * 0.1);
  });

  it('columns that are not wanted are not read', async () => {
    const source = await asParquet(rows, layout);
    expect((await bytesFor(source, { columns: ['b'] })).byteCount).toBeLessThan(80_000);
  });
});
