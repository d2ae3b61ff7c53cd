import { readIpcStream } from '@tessera/arrow';
import { elementCount, parseDescr, type NumpyDescr } from '@tessera/domain';
import type { RecordBatch, Vector } from 'apache-arrow';
import fc from 'fast-check';
import { arrowStreamExporter } from './arrow-stream.ts';

async function* inPieces(bytes: Uint8Array, pieceByteLength: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += pieceByteLength) yield bytes.slice(start, start + pieceByteLength);
}

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

async function stream(descr: NumpyDescr, shape: readonly number[], array: ArrayBufferView, pieceByteLength = 7) {
  const source = { dataType: parseDescr(descr), shape, bytes: inPieces(bytesOf(array), pieceByteLength) };
  return readIpcStream(Buffer.concat(await Array.fromAsync(arrowStreamExporter.export(source, { mediaType: 'application/vnd.apache.arrow.stream' }))));
}

const column = (batches: readonly RecordBatch[], index = 0) => batches.flatMap((batch) => [...(batch.getChildAt(index) as Vector)]);
const plain = (value: unknown): unknown => (value !== null && typeof value === 'object' && Symbol.iterator in value ? [...(value as Iterable<unknown>)].map(plain) : value);

describe('an array as an Arrow stream', () => {
  it('has a tensor in each row, in the canonical extension type', async () => {
    const { schema, batches } = await stream('<f8', [2, 3, 2], Float64Array.from({ length: 12 }, (_, i) => i));
    const [field] = schema.fields;
    expect(Object.fromEntries(field!.metadata)).toEqual({ 'numpy.dtype': '<f8', 'ARROW:extension:name': 'arrow.fixed_shape_tensor', 'ARROW:extension:metadata': '{"shape":[3,2]}' });
    expect(field!.type.toString()).toBe('FixedSizeList[6]<Float64>');
    expect(plain(column(batches))).toEqual([[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]);
    expect(schema.metadata.get('numpy.ndim')).toBe('3');
  });

  it('is a plain column if it has one axis or none', async () => {
    const { schema, batches } = await stream('<i4', [3], Int32Array.of(1, -2, 3));
    expect(schema.fields[0]!.type.toString()).toBe('Int32');
    expect(column(batches)).toEqual([1, -2, 3]);
    expect(column((await stream('<f4', [], Float32Array.of(2.5))).batches)).toEqual([2.5]);
  });

  it('has the bytes of the array, however they are cut and however many there are', async () => {
    const arrays = fc.record({ shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }), descr: fc.constantFrom('<i2', '>i4', '|u1', '<f8', '>f8', '>u2'), piece: fc.integer({ min: 1, max: 50 }) });
    await fc.assert(fc.asyncProperty(arrays, async ({ shape, descr, piece }) => {
      const itemsize = Number(descr.at(-1));
      const values = Array.from({ length: elementCount(shape) }, (_, i) => i % 100);
      const bytes = new DataView(new ArrayBuffer(values.length * itemsize));
      const isLittle = descr[0] !== '>';
      values.forEach((value, i) => ({ '<i2': () => bytes.setInt16(i * 2, value, isLittle), '>u2': () => bytes.setUint16(i * 2, value, isLittle), '>i4': () => bytes.setInt32(i * 4, value, isLittle), '|u1': () => bytes.setUint8(i, value), '<f8': () => bytes.setFloat64(i * 8, value, isLittle), '>f8': () => bytes.setFloat64(i * 8, value, isLittle) })[descr]!());
      const { batches } = await stream(descr, shape, bytes, piece);
      expect((plain(column(batches)) as unknown[]).flat()).toEqual(values);
      expect(batches.reduce((sum, batch) => sum + batch.numRows, 0)).toBe(shape[0] ?? 1);
    }), { numRuns: 60 });
  });

  it('comes in batches below 4 MiB', async () => {
    for (const [descr, array] of [['<f8', new Float64Array(1_200_000)], ['>f8', new Float64Array(1_200_000)]] as const) {
      const { batches } = await stream(descr, [1200, 1000], array, 100_000);
      expect(batches).toHaveLength(4);
      expect(Math.max(...batches.map((batch) => batch.numRows))).toBeLessThan(2 ** 22 / 8000);
    }
  });

  it('has truths, times, texts and complex numbers', async () => {
    expect(column((await stream('|b1', [3], Uint8Array.of(1, 0, 1))).batches)).toEqual([true, false, true]);
    expect((await stream('|b1', [1, 3], Uint8Array.of(1, 0, 1))).schema.fields[0]!.type.toString()).toBe('FixedSizeList[3]<Uint8>');
    const times = await stream('<M8[ms]', [2], BigInt64Array.of(1000n, -(2n ** 63n)));
    expect(times.schema.fields[0]!.type.toString()).toBe('Timestamp<MILLISECOND>');
    expect(column(times.batches)).toEqual([1000, null]);
    expect((await stream('<m8[us]', [1], BigInt64Array.of(1n))).schema.fields[0]!.type.toString()).toBe('Duration<MICROSECOND>');
    expect((await stream('<M8[D]', [1], BigInt64Array.of(1n))).schema.fields[0]!.type.toString()).toBe('Int64');
    expect(column((await stream('<U2', [2], Uint32Array.of(0xe4, 0x1f642, 0x62, 0))).batches)).toEqual(['ä🙂', 'b']);
    expect(column((await stream('>U1', [1], Uint8Array.of(0, 0, 0, 0x61))).batches)).toEqual(['a']);
    expect(column((await stream('|S2', [2], Buffer.from('ab\0\0'))).batches).map((value) => Buffer.from(value as Uint8Array).toString())).toEqual(['ab', '']);
    expect(plain(column((await stream('>c8', [1], Uint8Array.of(0x3f, 0x80, 0, 0, 0x40, 0, 0, 0))).batches))).toEqual([[1, 2]]);
  });

  it('of structs has a column for each field', async () => {
    const descr: NumpyDescr = [['a', '<i2'], ['b', [['c', '|u1'], ['d', '|u1', [2]]]]];
    const { schema, batches } = await stream(descr, [2], Uint8Array.of(1, 0, 2, 3, 4, 5, 0, 6, 7, 8));
    expect(schema.fields.map((field) => field.name)).toEqual(['a', 'b.c', 'b.d']);
    expect([0, 1, 2].map((index) => plain(column(batches, index)))).toEqual([[1, 5], [2, 6], [[3, 4], [7, 8]]]);
  });

  it('is refused if its rows are too large', () => {
    const tooLarge = (descr: NumpyDescr, shape: number[]) => () => arrowStreamExporter.export({ dataType: parseDescr(descr), shape, bytes: inPieces(new Uint8Array(0), 1) }, { mediaType: '' });
    expect(tooLarge('>f8', [1, 10_000, 1000])).toThrow(expect.objectContaining({ code: 'too_large' }));
    expect(tooLarge('|u1', [1, 2 ** 31])).toThrow(expect.objectContaining({ code: 'too_large' }));
  });

  it('does not end well if the array ends early', async () => {
    const short = arrowStreamExporter.export({ dataType: parseDescr('<f8'), shape: [4], bytes: inPieces(new Uint8Array(24), 8) }, { mediaType: '' });
    await expect(Array.fromAsync(short)).rejects.toMatchObject({ code: 'internal' });
  });
});
