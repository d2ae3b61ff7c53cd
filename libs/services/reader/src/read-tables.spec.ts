import { encodeSchemaMessage, makeBatch } from '@tessera/arrow';
import fc from 'fast-check';
import { tableFromIPC } from 'apache-arrow';
import { parseSelection, resolveSelection, type Manifest, type Selection, type TableRequest } from '@tessera/domain';
import { CountingStore, collect, elements, manifestStore, offsetOf, ticketFor } from '../test/stored-example.ts';
import { storeSparse, storeTable } from '../test/stored-table.ts';
import { ReaderService, type ReaderOptions } from './index.ts';

const octets = 'application/octet-stream';
const arrowFile = 'application/vnd.apache.arrow.file';

function readerOf(store: CountingStore, manifest: Manifest, options: ReaderOptions = {}): ReaderService {
  return new ReaderService(store, manifestStore({ it: manifest }), options);
}

const floatsOf = (bytes: Buffer) => [...new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))];

describe('columns as arrays', () => {
  it('selects rows over partitions and batches, in any bands', async () => {
    const sizes = fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });
    const bound = fc.option(fc.integer({ min: -50, max: 50 }), { nil: undefined });
    const slice = fc.record({ start: bound, stop: bound, step: fc.constantFrom(1, 2, 5, -1, -3) });
    await fc.assert(fc.asyncProperty(sizes, slice, fc.integer({ min: 1, max: 64 }), async (partitions, { start, stop, step }, bandByteLength) => {
      let next = 0;
      const store = new CountingStore();
      const manifest = await storeTable(store, partitions.map((batches) => batches.map((count) => ({ b: new Int8Array(count), a: Float64Array.from({ length: count }, () => next++) }))));
      const selection: Selection = [{ kind: 'slice', step, ...(start === undefined ? {} : { start }), ...(stop === undefined ? {} : { stop }) }];
      const [range] = resolveSelection(selection, [next]);
      const read = await collect(readerOf(store, manifest, { bandByteLength, maxBandByteLength: bandByteLength }).readArray(ticketFor('it'), { selection, mediaType: octets, column: 'a' }));
      expect(floatsOf(read)).toEqual(Array.from({ length: range!.count }, (_, index) => range!.start + index * range!.step));
    }), { numRuns: 60 });
  });

  it('describes text by its longest value, looking through it once', async () => {
    const store = new CountingStore();
    const manifest = await storeTable(store, [[{ a: ['x', 'yé€'] }], [{ a: ['', 'zzzz'] }]]);
    const reader = readerOf(store, manifest);
    const layout = await reader.describe(ticketFor('it'), 'a');
    expect(layout).toMatchObject({ dataType: { kind: 'U', itemsize: 16 }, grid: { shape: [4], chunks: [4] }, volatile: false });
    const { readCount } = store;
    await reader.describe(ticketFor('it'), 'a');
    expect(store.readCount).toBe(readCount);
    const json = await collect(reader.readArray(ticketFor('it'), { selection: parseSelection('1:'), mediaType: 'application/json', column: 'a' }));
    expect(JSON.parse(json.toString())).toEqual(['yé€', '', 'zzzz']);
  });

  it('gives chunks', async () => {
    const store = new CountingStore();
    const manifest = await storeTable(store, [[{ a: Float64Array.of(1, 2) }], [{ a: Float64Array.of(3) }]]);
    const chunk = await readerOf(store, manifest).readChunk(ticketFor('it'), { chunkIndex: [0], chunkShape: [4], codecs: [{ name: 'bytes' }], column: 'a' });
    expect(floatsOf(Buffer.from(chunk!.bytes!))).toEqual([1, 2, 3, 0]);
  });

  it('has one block, and says so', async () => {
    const store = new CountingStore();
    const manifest = await storeTable(store, [[{ a: Float64Array.of(1, 2, 3) }]]);
    const reader = readerOf(store, manifest);
    expect(floatsOf(await collect(reader.readArray(ticketFor('it'), { selection: [], block: [0], mediaType: octets, column: 'a' })))).toEqual([1, 2, 3]);
    await expect(collect(reader.readArray(ticketFor('it'), { selection: [], block: [1], mediaType: octets, column: 'a' }))).rejects.toMatchObject({
      code: 'unprocessable', message: 'Block parameter does not match the chunks dimensionality. Expected 1 comma-separated integers, that index ((3,),), got (1,).',
    });
  });

  it('refuses a column that is not there, and a table as an array', async () => {
    const store = new CountingStore();
    const reader = readerOf(store, await storeTable(store, [[{ a: Float64Array.of(1) }]]));
    await expect(reader.describe(ticketFor('it'), 'b')).rejects.toMatchObject({ code: 'not_found' });
    await expect(reader.describe(ticketFor('it'), undefined)).rejects.toMatchObject({ code: 'not_found' });
    await expect(collect(reader.readArray(ticketFor('it'), { selection: [], mediaType: octets }))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('says gone if the rows are not those that were indexed', async () => {
    const store = new CountingStore();
    const manifest = await storeTable(store, [[{ a: Float64Array.of(1, 2) }]]);
    const wrong = { ...manifest, partitions: [{ ...manifest.partitions[0]!, rowCount: 3 }] };
    await expect(collect(readerOf(store, wrong).readArray(ticketFor('it'), { selection: [], mediaType: octets, column: 'a' }))).rejects.toMatchObject({ code: 'gone' });
  });
});

describe('tables', () => {
  const stored = async (options: ReaderOptions = {}) => {
    const store = new CountingStore();
    const manifest = await storeTable(store, [[{ a: Float64Array.of(1, 2), b: ['x', 'y'] }], [{ a: Float64Array.of(3), b: ['z'] }]]);
    return { store, reader: readerOf(store, manifest, options) };
  };

  it('leave whole, by partition, and by column', async () => {
    const { reader } = await stored();
    const whole = tableFromIPC(await collect(reader.readTable(ticketFor('it'), { mediaType: arrowFile })));
    expect([whole.numRows, [...whole.getChild('b')!]]).toEqual([3, ['x', 'y', 'z']]);
    const part = tableFromIPC(await collect(reader.readTable(ticketFor('it'), { mediaType: arrowFile, partitions: { start: 1, stop: 2 }, columns: ['b', 'a'] })));
    expect([part.schema.fields.map((field) => field.name), [...part.getChild('a')!]]).toEqual([['b', 'a'], [3]]);
    expect((await collect(reader.readTable(ticketFor('it'), { mediaType: 'text/csv' }))).toString()).toContain('z');
  });

  it('leave as text without the index that pandas made, as Arrow with it', async () => {
    const store = new CountingStore();
    const manifest = await storeTable(store, [[{ a: Float64Array.of(1.5), index: BigInt64Array.of(7n) }]]);
    const { schema } = makeBatch({ a: Float64Array.of(1.5), index: BigInt64Array.of(7n) }, new Map([['pandas', '{"index_columns": ["index"]}']]));
    const reader = readerOf(store, { ...manifest, schema: encodeSchemaMessage(schema) });
    const text = async (columns?: readonly string[]) => (await collect(reader.readTable(ticketFor('it'), { mediaType: 'text/csv', ...(columns ? { columns } : {}) }))).toString();
    expect(await text()).toBe('a\n1.5\n');
    expect(await text(['index', 'a'])).toBe('index,a\n7,1.5\n');
    const table = tableFromIPC(await collect(reader.readTable(ticketFor('it'), { mediaType: arrowFile })));
    expect(table.schema.fields.map((field) => field.name)).toEqual(['a', 'index']);
  });

  it('leave by row and by condition, on columns that stay behind too', async () => {
    const { reader } = await stored();
    const csv = async (request: Partial<TableRequest>) => (await collect(reader.readTable(ticketFor('it'), { mediaType: 'text/csv', ...request }))).toString();
    expect(await csv({ rows: { start: 1 } })).toBe('a,b\n2.0,y\n3.0,z\n');
    expect(await csv({ rows: { start: 1, stop: 2 }, columns: ['b'] })).toBe('b\ny\n');
    expect(await csv({ partitions: { start: 1, stop: 2 }, rows: { start: 0, stop: 9 } })).toBe('a,b\n3.0,z\n');
    expect(await csv({ rows: { start: 3 } })).toBe('a,b\n');
    expect(await csv({ columns: ['b'], filter: { column: 'a', op: 'ge', value: 2 } })).toBe('b\ny\nz\n');
    expect(await csv({ rows: { start: 1 }, filter: { or: [{ column: 'b', op: 'eq', value: 'x' }, { column: 'a', op: 'eq', value: 3 }] } })).toBe('a,b\n3.0,z\n');
    expect(await csv({ filter: { column: 'a', op: 'lt', value: 0 } })).toBe('a,b\n');
  });

  it('refuse what is not there before anything is read', async () => {
    const { reader, store } = await stored();
    const refused = (request: Partial<TableRequest>) => collect(reader.readTable(ticketFor('it'), { mediaType: arrowFile, ...request }));
    await expect(refused({ columns: ['c'] })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(refused({ partitions: { start: 2, stop: 3 } })).rejects.toMatchObject({ code: 'invalid_argument', message: 'Partition out of range' });
    await expect(refused({ filter: { column: 'c', op: 'isnull' } })).rejects.toMatchObject({ code: 'invalid_argument', message: 'No such field c.' });
    await expect(refused({ filter: { column: 'a', op: 'eq', value: 'x' } })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(refused({ mediaType: 'image/png' })).rejects.toMatchObject({ code: 'not_acceptable' });
    expect(store.readCount).toBe(0);
  });

  it('refuse more than a response may carry', async () => {
    const { reader, store } = await stored({ responseByteLimit: 20 });
    await expect(collect(reader.readTable(ticketFor('it'), { mediaType: arrowFile }))).rejects.toMatchObject({ code: 'too_large' });
    await expect(collect(reader.readTable(ticketFor('it'), { mediaType: arrowFile, columns: ['b'] }))).resolves.toBeDefined();
    await expect(collect(reader.readTable(ticketFor('it'), { mediaType: arrowFile, rows: { start: 2 } }))).resolves.toBeDefined();
    await expect(collect(reader.readTable(ticketFor('it'), { mediaType: arrowFile, filter: { column: 'a', op: 'gt', value: 0 } }))).rejects.toMatchObject({ code: 'too_large' });
    await expect(collect(reader.readTable(ticketFor('it'), { mediaType: 'application/vnd.apache.arrow.stream' }))).resolves.toBeDefined();
    expect(store.readCount).toBeGreaterThan(0);
  });

  it('say gone when their file is gone', async () => {
    const { reader, store } = await stored();
    store.objects.clear();
    await expect(collect(reader.readTable(ticketFor('it'), { mediaType: arrowFile }))).rejects.toMatchObject({ code: 'gone' });
  });
});

describe('sparse arrays', () => {
  const shape = [7, 9];
  const example = fc.record({
    chunks: fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 10 })),
    places: fc.uniqueArray(fc.nat(62), { maxLength: 30 }),
  }).map(({ chunks, places }) => ({ chunks, values: places.map((place) => [Math.floor(place / 9), place % 9, place + 1] as const) }));
  const items = fc.oneof(fc.constantFrom('0', '-1', '3', ':', '::2', '1:6', '5::-2', '2:2', '-3:'));
  const slices = fc.array(items, { maxLength: 2 }).map((parts) => parts.join(','));

  /** What the selection holds, as [coordinates in the result, value]. */
  function naive(values: readonly (readonly [number, number, number])[], selection: Selection): string[] {
    const ranges = resolveSelection(selection, shape);
    const found: string[] = [];
    for (const position of elements(ranges.map((range) => range.count))) {
      const at = position.map((index, axis) => ranges[axis]!.start + index * ranges[axis]!.step);
      const value = values.find(([row, column]) => row === at[0] && column === at[1]);
      if (value) found.push([...position.filter((_, axis) => !ranges[axis]!.dropped), value[2]].join());
    }
    return found.sort();
  }

  it('leave as coordinates of the selection', async () => {
    await fc.assert(fc.asyncProperty(example, slices, async ({ chunks, values }, slice) => {
      const store = new CountingStore();
      const reader = readerOf(store, await storeSparse(store, shape, chunks, values));
      const selection = parseSelection(slice);
      const json = JSON.parse((await collect(reader.readArray(ticketFor('it'), { selection, mediaType: 'application/json' }))).toString()) as Record<string, number[]>;
      const rank = resolveSelection(selection, shape).filter((range) => !range.dropped).length;
      const columns = [...Array.from({ length: rank }, (_, axis) => json[`dim${axis}`]!), json['data']!];
      expect(Object.keys(json)).toHaveLength(rank + 1);
      expect(columns[0]!.map((_, row) => columns.map((column) => column[row]).join()).sort()).toEqual(naive(values, selection));
    }), { numRuns: 100 });
  });

  it('read as dense arrays, chunk by chunk', async () => {
    await fc.assert(fc.asyncProperty(example, fc.integer({ min: 1, max: 9 }), async ({ chunks, values }, length) => {
      const store = new CountingStore();
      const reader = readerOf(store, await storeSparse(store, shape, chunks, values));
      const dense = new Float64Array(63);
      for (const [row, column, value] of values) dense[row * 9 + column] = value;
      for (const chunkIndex of elements(shape.map((one) => Math.ceil(one / length)))) {
        const chunk = await reader.readChunk(ticketFor('it'), { chunkIndex, chunkShape: [length, length], codecs: [{ name: 'bytes' }] });
        const found = chunk ? floatsOf(Buffer.from(chunk.bytes!)) : new Array<number>(length * length).fill(0);
        for (const element of elements([length, length])) {
          const at = element.map((index, axis) => index + chunkIndex[axis]! * length);
          const isInside = at.every((index, axis) => index < shape[axis]!);
          expect(found[offsetOf(element, [length, length])]).toBe(isInside ? dense[offsetOf(at, shape)] : 0);
        }
      }
    }), { numRuns: 50 });
  });

  it('have coordinates of the block in blocks, as an Arrow file', async () => {
    const store = new CountingStore();
    const reader = readerOf(store, await storeSparse(store, [4, 4], [2, 2], [[0, 0, 1], [3, 2, 5], [2, 3, 6]]));
    const table = tableFromIPC(await collect(reader.readArray(ticketFor('it'), { selection: [], block: [1, 1], mediaType: arrowFile })));
    expect(table.toArray().map((row: { toJSON(): object } | null) => row!.toJSON())).toEqual([{ dim0: 1n, dim1: 0n, data: 5 }, { dim0: 0n, dim1: 1n, data: 6 }]);
    expect(await reader.describe(ticketFor('it'), undefined)).toMatchObject({ grid: { shape: [4, 4], chunks: [2, 2] }, dataType: { kind: 'f' } });
  });

  it('leave empty where nothing is', async () => {
    const store = new CountingStore();
    const reader = readerOf(store, await storeSparse(store, [4, 4], [2, 2], []));
    const table = tableFromIPC(await collect(reader.readArray(ticketFor('it'), { selection: [], mediaType: arrowFile })));
    expect([table.numRows, table.schema.fields.map((field) => String(field))]).toEqual([0, ['dim0: Int64', 'dim1: Int64', 'data: Float64']]);
  });

  it('refuse media types that are for dense arrays', async () => {
    const store = new CountingStore();
    const reader = readerOf(store, await storeSparse(store, [4, 4], [2, 2], []));
    await expect(collect(reader.readArray(ticketFor('it'), { selection: [], mediaType: 'image/png' }))).rejects.toMatchObject({ code: 'not_acceptable' });
  });
});
