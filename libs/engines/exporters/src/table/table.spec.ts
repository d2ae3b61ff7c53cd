import { TextDecoder } from 'node:util';
import { batchOf, makeBatch, makeColumn, timestampColumn, type Data, type RecordBatch } from '@tessera/arrow';
import { DateDay, Field, List, Int32, Schema, Utf8, makeData, tableFromIPC } from 'apache-arrow';
import { resolveSparseExporter, resolveTableExporter, sparseExporters, tableExporters } from '../registry.ts';
import { mediaTypesByFamily, treeMediaTypes } from '@tessera/domain';

const dates = makeData({ type: new DateDay(), length: 3, nullCount: 0, data: Int32Array.of(18262, 18262, -1) } as never) as Data;
const batch = makeBatch({ a: BigInt64Array.of(1n, 2n, 9007199254740993n), b: Float64Array.of(1.5, NaN, 2), c: ['x', null, 'q",\n<&>'], d: dates });

async function* each(batches: readonly RecordBatch[]): AsyncGenerator<RecordBatch> {
  yield* batches;
}

async function text(mediaType: string, batches: readonly RecordBatch[] = [batch]): Promise<string> {
  const exporter = await resolveTableExporter(mediaType);
  const pieces = await Array.fromAsync(exporter.export({ schema: batches[0]!.schema, batches: each(batches), rowCount: batches.reduce((sum, { numRows }) => sum + numRows, 0) }, { mediaType }));
  return new TextDecoder().decode(Buffer.concat(pieces));
}

// Trees are written by exporters of their own.
const withoutTrees = (mediaTypes: readonly string[]) => mediaTypes.filter((mediaType) => !(treeMediaTypes as readonly string[]).includes(mediaType));

it('offers every media type of the table and sparse families', () => {
  expect([...tableExporters.keys()]).toEqual(withoutTrees(mediaTypesByFamily.table));
  expect([...sparseExporters.keys()]).toEqual(withoutTrees(mediaTypesByFamily.sparse));
});

describe('CSV', () => {
  const lines = '1,1.5,x,2020-01-01\n2,,,2020-01-01\n9007199254740993,2.0,"q"",\n<&>",1969-12-31\n';

  it('has a header unless that is absent', async () => {
    expect(await text('text/csv')).toBe(`a,b,c,d\n${lines}`);
    expect(await text('text/csv;header=absent')).toBe(lines);
    expect(await text('text/csv; header="absent"; charset=utf-8')).toBe(lines);
    expect(await text('text/csv;header=present')).toBe(`a,b,c,d\n${lines}`);
  });

  it('goes by other names too', async () => {
    for (const mediaType of ['text/x-comma-separated-values', 'text/plain', 'application/vnd.ms-excel']) expect(await text(mediaType)).toBe(`a,b,c,d\n${lines}`);
  });

  it('quotes an empty text, which is not a missing one', async () => {
    expect(await text('text/csv', [makeBatch({ a: ['', null], b: [null, ''] })])).toBe('a,b\n"",\n,""\n');
  });

  it('gives all timestamps of a table of several batches the digits of their unit', async () => {
    const batch = (count: bigint) => makeBatch({ t: timestampColumn(BigInt64Array.of(count), 'ms') });
    expect(await text('text/csv;header=absent', [batch(0n), batch(1500n)])).toBe('1970-01-01 00:00:00.000\n1970-01-01 00:00:01.500\n');
  });

  it('keeps a line for a row of one missing value', async () => {
    expect(await text('text/csv', [makeBatch({ c: ['x', null] })])).toBe('c\nx\n""\n');
  });

  it('quotes names', async () => {
    expect(await text('text/csv', [makeBatch({ 'a,b': Int8Array.of(1), 'say "x"': Int8Array.of(2) })])).toBe('"a,b","say ""x"""\n1,2\n');
  });

  it('writes numbers as Python does', async () => {
    const floats = Float64Array.of(0.1, 1e16, 123456789, 1e-5, -0, 1e22, Infinity, -Infinity, 1e15, 0.0001);
    expect(await text('text/csv;header=absent', [makeBatch({ x: floats })])).toBe('0.1\n1e+16\n123456789.0\n1e-05\n-0.0\n1e+22\ninf\n-inf\n1000000000000000.0\n0.0001\n');
    expect(await text('text/csv;header=absent', [makeBatch({ x: Float32Array.of(0.1, 16777216, 3.4028235e38) })])).toBe('0.1\n16777216.0\n3.4028235e+38\n');
  });

  it('writes timestamps as dates only if none has a time of day', async () => {
    const day = 86_400_000n;
    const write = (...counts: bigint[]) => text('text/csv;header=absent', [makeBatch({ t: timestampColumn(BigInt64Array.from(counts), 'ms') })]);
    expect(await write(0n, day)).toBe('1970-01-01\n1970-01-02\n');
    expect(await write(0n, 1500n)).toBe('1970-01-01 00:00:00.000\n1970-01-01 00:00:01.500\n');
    expect(await write(-1000n, -day)).toBe('1969-12-31 23:59:59\n1969-12-31 00:00:00\n');
  });

  it('has local times with their offset, on both sides of a change of clocks', async () => {
    // 2020-03-29 01:00 UTC: Berlin goes from +01:00 to +02:00.
    const change = 1585443600n;
    const batch = makeBatch({ t: timestampColumn(BigInt64Array.of(change - 1n, change), 's', 'Europe/Berlin') });
    expect(await text('text/csv;header=absent', [batch])).toBe('2020-03-29 01:59:59+01:00\n2020-03-29 03:00:00+02:00\n');
  });
});

describe('JSON', () => {
  it('is a list a column, with null for what is missing or no number', async () => {
    expect(await text('application/json')).toBe('{"a":[1,2,9007199254740993],"b":[1.5,null,2.0],"c":["x",null,"q\\",\\n<&>"],"d":["2020-01-01","2020-01-01","1969-12-31"]}');
  });

  it('joins batches', async () => {
    expect(JSON.parse(await text('application/json', [makeBatch({ x: Int8Array.of(1, 2) }), makeBatch({ x: new Int8Array(0) }), makeBatch({ x: Int8Array.of(3) })]))).toEqual({ x: [1, 2, 3] });
  });

  it('has empty lists for a table without rows', async () => {
    expect(await text('application/json', [makeBatch({ x: new Int8Array(0), y: [] })])).toBe('{"x":[],"y":[]}');
    expect(await text('application/json', [makeBatch({})])).toBe('{}');
  });

  it('nests lists', async () => {
    const list = makeData({ type: new List(new Field('item', new Int32(), true)), length: 2, nullCount: 0, valueOffsets: Int32Array.of(0, 2, 2), child: makeColumn(Int32Array.of(1, 2)) } as never) as Data;
    expect(await text('application/json', [makeBatch({ l: list })])).toBe('{"l":[[1,2],[]]}');
    expect(await text('text/csv', [makeBatch({ l: list })])).toBe('l\n"[1,2]"\n[]\n');
  });

  it('is read column by column if it is long, or turns out to be', async () => {
    const long = makeBatch({ a: Float64Array.from({ length: 60_000 }, (_, i) => i / 3), b: Array.from({ length: 60_000 }, (_, i) => `${'x'.repeat(300)}${i}`), c: new Int8Array(60_000) });
    const exporter = await resolveTableExporter('application/json');
    for (const rowCount of [600_000, undefined]) {
      const read: number[] = [];
      const column = (index: number) => {
        read.push(index);
        return each([makeBatch({ x: long.data.children[index]! })]);
      };
      const pieces = await Array.fromAsync(exporter.export({ schema: long.schema, batches: each([long]), column, ...(rowCount === undefined ? {} : { rowCount }) }, { mediaType: 'application/json' }));
      expect(Math.max(...pieces.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(256 * 2 ** 10);
      const parsed = JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown[]>;
      expect(Object.entries(parsed).map(([name, values]) => [name, values.length, values.at(-1)])).toEqual([['a', 60_000, 59_999 / 3], ['b', 60_000, `${'x'.repeat(300)}59999`], ['c', 60_000, 0]]);
      expect(read).toEqual(rowCount === undefined ? [1, 2] : [0, 1, 2]);
    }
  });

  it('tells columns of one name apart', async () => {
    const schema = new Schema(['a', 'a', 'a.1'].map((name) => new Field(name, new Int32(), false)));
    const batch = batchOf(schema, [1, 2, 3].map((value) => makeColumn(Int32Array.of(value))));
    for (const [mediaType, written] of [['application/json', '{"a":[1],"a.2":[2],"a.1":[3]}'], ['application/json-seq', '{"a":1,"a.2":2,"a.1":3}']] as const) {
      const exporter = await resolveTableExporter(mediaType);
      expect(Buffer.concat(await Array.fromAsync(exporter.export({ schema, batches: each([batch]) }, { mediaType }))).toString()).toBe(written);
    }
  });

  it('is UTF-8 even if the table is not', async () => {
    const broken = makeData({ type: new Utf8(), length: 3, nullCount: 0, valueOffsets: Int32Array.of(0, 2, 3, 5), data: Uint8Array.of(0x61, 0xc3, 0xa4, 0xff, 0x22) } as never) as Data;
    expect(JSON.parse(await text('application/json', [makeBatch({ a: broken })]))).toEqual({ a: ['a\ufffd', '\ufffd', '\ufffd"'] });
    expect(await text('text/csv', [makeBatch({ a: broken })])).toBe('a\na\ufffd\n\ufffd\n"\ufffd"""\n');
  });

  it('escapes names', async () => {
    expect(JSON.parse(await text('application/json', [makeBatch({ 'a"\n': Int8Array.of(1) })]))).toEqual({ 'a"\n': [1] });
  });
});

it('JSON lines have no newline after the last', async () => {
  expect(await text('application/json-seq', [batch, makeBatch({ a: BigInt64Array.of(4n), b: Float64Array.of(0), c: ['z'], d: makeData({ type: new DateDay(), length: 1, nullCount: 0, data: Int32Array.of(0) } as never) as Data })])).toBe(
    '{"a":1,"b":1.5,"c":"x","d":"2020-01-01"}\n{"a":2,"b":null,"c":null,"d":"2020-01-01"}\n{"a":9007199254740993,"b":2.0,"c":"q\\",\\n<&>","d":"1969-12-31"}\n{"a":4,"b":0.0,"c":"z","d":"1970-01-01"}',
  );
});

it('HTML is escaped everywhere', async () => {
  const html = await text('text/html', [makeBatch({ '<script>': ['<b>"\'&</b>', null], n: Float64Array.of(1, NaN) })]);
  expect(html).toContain('      <th>&lt;script&gt;</th>\n      <th>n</th>\n');
  expect(html).toContain('      <td>&lt;b&gt;&quot;&#x27;&amp;&lt;/b&gt;</td>\n      <td>1.0</td>\n');
  expect(html).toContain('      <td>&lt;NA&gt;</td>\n      <td>NaN</td>\n');
  expect(html.startsWith('<table border="1" class="dataframe">\n  <thead>\n')).toBe(true);
  expect(html.endsWith('  </tbody>\n</table>')).toBe(true);
});

it('text leaves in pieces, while the table is being read', async () => {
  let taken = 0;
  const batches = (async function* () {
    for (; taken < 50; taken++) yield makeBatch({ x: Float64Array.from({ length: 20_000 }, (_, i) => i / 3) });
  })();
  const exporter = await resolveTableExporter('text/csv');
  const pieces = exporter.export({ schema: makeBatch({ x: new Float64Array(0) }).schema, batches }, { mediaType: 'text/csv' })[Symbol.asyncIterator]();
  const first = await pieces.next();
  expect((first.value as Uint8Array).byteLength).toBeLessThan(2 ** 20);
  expect(taken).toBe(0);
  await pieces.return!();
});

it('sparse arrays leave as tables of coordinates and data', async () => {
  const coo = makeBatch({ dim0: BigInt64Array.of(0n, 3n), dim1: BigInt64Array.of(2n, 4n), data: Float64Array.of(1.5, 3.5) });
  const write = async (mediaType: string) => Buffer.concat(await Array.fromAsync((await resolveSparseExporter(mediaType)).export({ schema: coo.schema, batches: each([coo]) }, { mediaType })));
  expect((await write('application/json')).toString()).toBe('{"dim0":[0,3],"dim1":[2,4],"data":[1.5,3.5]}');
  expect(tableFromIPC(await write('application/vnd.apache.arrow.file')).schema.names).toEqual(['dim0', 'dim1', 'data']);
});

it('does not know other media types', async () => {
  await expect((async () => resolveTableExporter('image/png'))()).rejects.toMatchObject({ code: 'not_acceptable' });
});
